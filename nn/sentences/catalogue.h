#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/catalogue.h"
#include "nce/nn/sentences/encoder.h"

/// The table of all encoders of sentences by name. To add one: its header, a row in catalogue.cpp, a test.
namespace nce::nn {

/// A row of the catalogue, like `KnownEncoder`, for sentences. An encoder with an option "tokens" is for these tokens
/// (data/sentences/vocabulary.h), others are for words in their order.
struct KnownSentenceEncoder {
  using Settings = std::vector<Setting>;
  std::string name;
  std::function<std::vector<Option>(const Settings& settings)> options;
  std::function<std::unique_ptr<SentenceEncoder>(const TokenTable& table, Generator& generator,
                                                 const Settings& settings)>
      make;
};

/// The row of encoder E, made as E(table, generator, options). O is a struct of options with `fields`.
template <class E, class O>
KnownSentenceEncoder known_sentence_encoder(std::string name, const O& defaults) {
  return {.name = std::move(name),
          .options = listed_options(defaults),
          .make = [defaults](const auto& table, auto& generator, const auto& settings) {
            return std::make_unique<E>(table, generator, with_settings(defaults, settings));
          }};
}

Catalogue<KnownSentenceEncoder>& known_sentence_encoders();

/// An encoder by its name: make_sentence_encoder("mean", {vocabulary.rows(), vocabulary.idf()}, generator, {{"dim", "64"}}).
std::unique_ptr<SentenceEncoder> make_sentence_encoder(const std::string& name, const TokenTable& table,
                                                       Generator& generator,
                                                       const std::vector<Setting>& settings = {});

/// What a checkpoint says about its encoder: "encoder" (a name), and its options by their names.
std::map<std::string, std::string> sentence_encoder_metadata(const std::string& name,
                                                             const std::vector<Setting>& settings);

/// An encoder from a file, in evaluation mode, and the metadata of the file. From the metadata one makes the vocabulary:
///
///     const nn::TrainedSentenceEncoder trained = nn::load_sentence_encoder("runs/a/checkpoint.safetensors");
///     const auto vocabulary = data::Vocabulary::from(trained.metadata);
///     const NoGrad no_grad;
///     const Tensor features = (*trained.encoder)(vocabulary(sentences));
struct TrainedSentenceEncoder {
  std::unique_ptr<SentenceEncoder> encoder;
  std::map<std::string, std::string> metadata;
};
/// Loads what `nce train` wrote. An error names the file and what it lacks.
TrainedSentenceEncoder load_sentence_encoder(const std::filesystem::path& path);

}  // namespace nce::nn
