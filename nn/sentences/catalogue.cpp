#include "nce/nn/sentences/catalogue.h"

#include "nce/core/files/safetensors.h"
#include "nce/nn/checkpoint.h"
#include "nce/nn/sentences/cnn.h"
#include "nce/nn/sentences/mean.h"
#include "nce/nn/sentences/transformer.h"

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

std::map<std::string, std::string> sentence_encoder_metadata(const std::string& name,
                                                             const std::vector<Setting>& settings) {
  std::map<std::string, std::string> metadata{{"encoder", name}};
  for (const Option& option : known_sentence_encoders().find(name).options(settings))
    metadata.emplace(option.name, option.value);
  return metadata;
}

TrainedSentenceEncoder load_sentence_encoder(const std::filesystem::path& path) {
  SafeTensors file = load_safetensors(path);
  try {
    const auto name = file.metadata.find("encoder");
    check(name != file.metadata.end(), "lacks 'encoder' in its metadata: not written by nce train");
    const KnownSentenceEncoder& row = known_sentence_encoders().find(name->second);
    std::vector<Setting> settings;
    for (const Option& option : row.options({}))
      if (const auto found = file.metadata.find(option.name); found != file.metadata.end())
        settings.push_back({option.name, found->second});
    int64_t rows = 0;
    for (const auto& [key, tensor] : file.tensors)
      if (key == "emb_layer.weight" && tensor.dim() == 2) rows = tensor.size(0);
    check(rows > 0, "lacks the table 'emb_layer.weight'");
    Generator generator;
    TrainedSentenceEncoder trained{row.make({.rows = rows}, generator, settings), std::move(file.metadata)};
    trained.encoder->load_state_dict(from_pytorch(file.tensors));
    trained.encoder->eval();
    return trained;
  } catch (const Error& error) { fail("{}: {}", path.string(), error.what()); }
}

}  // namespace nce::nn
