#include "nce/nn/graphs/catalogue.h"

#include "nce/core/number.h"
#include "nce/nn/graphs/gcn.h"
#include "nce/nn/graphs/gin.h"
#include "nce/nn/trained.h"

namespace nce::nn {

Catalogue<KnownGraphEncoder>& known_graph_encoders() {
  static Catalogue<KnownGraphEncoder> all("encoder of graphs", {known_graph_encoder<Gin>("gin", GinOptions{}),
                                                                known_graph_encoder<Gcn>("gcn", GcnOptions{})});
  return all;
}

std::unique_ptr<GraphEncoder> make_graph_encoder(const std::string& name, int64_t features, Generator& generator,
                                                 const std::vector<Setting>& settings) {
  check(features >= 1, "make_graph_encoder: nodes need features, got {}", features);
  return known_graph_encoders().find(name).make(features, generator, settings);
}

Metadata graph_encoder_metadata(const std::string& name, int64_t features, const std::vector<Setting>& settings) {
  return metadata_of(name, known_graph_encoders().find(name).options(settings),
                     {{"features", std::to_string(features)}});
}

TrainedGraphEncoder load_graph_encoder(const std::filesystem::path& path) {
  return load_trained(path, [](const SafeTensors& file) {
    const std::string &name = entry(file.metadata, "encoder"), &count = entry(file.metadata, "features");
    const auto features = number_in<int32_t>(count);
    check(features.value_or(0) >= 1, "'features' is '{}': a whole number of at least 1 is needed", count);
    const KnownGraphEncoder& row = known_graph_encoders().find(name);
    Generator generator;
    return TrainedGraphEncoder{
        .encoder = row.make(*features, generator, settings_in(file.metadata, row.options({}))),
        .name = name,
        .features = *features};
  });
}

}  // namespace nce::nn
