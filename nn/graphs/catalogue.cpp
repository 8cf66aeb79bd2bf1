#include "nce/nn/graphs/catalogue.h"

#include "nce/nn/graphs/gcn.h"
#include "nce/nn/graphs/gin.h"

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

std::map<std::string, std::string> graph_encoder_metadata(const std::string& name, int64_t features,
                                                          const std::vector<Setting>& settings) {
  std::map<std::string, std::string> metadata{{"encoder", name}, {"features", std::to_string(features)}};
  for (const Option& option : known_graph_encoders().find(name).options(settings))
    check(option.value.empty() || metadata.emplace(option.name, option.value).second,
          "graph_encoder_metadata: an option of an encoder cannot be called '{}'", option.name);
  return metadata;
}

}  // namespace nce::nn
