#include "nce/nn/sentences/catalogue.h"

#include "nce/nn/sentences/cnn.h"
#include "nce/nn/sentences/mean.h"
#include "nce/nn/sentences/transformer.h"
#include "nce/nn/trained.h"

namespace nce::nn {

Catalogue<KnownSentenceEncoder>& known_sentence_encoders() {
  static Catalogue<KnownSentenceEncoder> all(
      "sentence encoder", {
                              known_sentence_encoder<MeanEncoder>("mean", BagOptions{}),
                              known_sentence_encoder<DanEncoder>("dan", DanOptions{}),
                              known_sentence_encoder<CnnEncoder>("cnn", CnnOptions{}),
                              known_sentence_encoder<TransformerEncoder>("transformer", TransformerOptions{}),
                          });
  return all;
}

std::unique_ptr<SentenceEncoder> make_sentence_encoder(const std::string& name, const TokenTable& table,
                                                       Generator& generator, const std::vector<Setting>& settings) {
  return known_sentence_encoders().find(name).make(table, generator, settings);
}

Metadata sentence_encoder_metadata(const std::string& name, const std::vector<Setting>& settings) {
  return metadata_of(name, known_sentence_encoders().find(name).options(settings));
}

TrainedSentenceEncoder load_sentence_encoder(const std::filesystem::path& path) {
  return load_trained(path, [](const SafeTensors& file) {
    const KnownSentenceEncoder& row = known_sentence_encoders().find(entry(file.metadata, "encoder"));
    int64_t rows = 0;
    for (const auto& [key, tensor] : file.tensors)
      if (key == "emb_layer.weight" && tensor.dim() == 2) rows = tensor.size(0);
    check(rows > 0, "lacks the table 'emb_layer.weight'");
    Generator generator;
    return TrainedSentenceEncoder{row.make({.rows = rows}, generator, settings_in(file.metadata, row.options({}))),
                                  file.metadata};
  });
}

}  // namespace nce::nn
