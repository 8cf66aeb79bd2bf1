#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/catalogue.h"
#include "nce/nn/graphs/encoder.h"

/// The table of all encoders of graphs by name. To add one: its header, a row in catalogue.cpp, a test.
namespace nce::nn {

/// A row of the catalogue, like `KnownEncoder`, for nodes that have `features` numbers each.
struct KnownGraphEncoder {
  using Settings = std::vector<Setting>;
  std::string name;
  std::function<std::vector<Option>(const Settings& settings)> options;
  std::function<std::unique_ptr<GraphEncoder>(int64_t features, Generator& generator, const Settings& settings)>
      make;
};

/// The row of encoder E, made as E(features, generator, options). O is a struct of options with `fields`.
template <class E, class O>
KnownGraphEncoder known_graph_encoder(std::string name, const O& defaults) {
  return {.name = std::move(name),
          .options = listed_options(defaults),
          .make = [defaults](int64_t features, auto& generator, const auto& settings) {
            return std::make_unique<E>(features, generator, with_settings(defaults, settings));
          }};
}

Catalogue<KnownGraphEncoder>& known_graph_encoders();

/// An encoder by its name: make_graph_encoder("gin", 7, generator, {{"width", "64"}}).
std::unique_ptr<GraphEncoder> make_graph_encoder(const std::string& name, int64_t features, Generator& generator,
                                                 const std::vector<Setting>& settings = {});

/// What a checkpoint says about its encoder: "encoder" (a name), "features" (a number), and its options by their names.
std::map<std::string, std::string> graph_encoder_metadata(const std::string& name, int64_t features,
                                                          const std::vector<Setting>& settings);

/// An encoder from a file, in evaluation mode.
struct TrainedGraphEncoder {
  std::unique_ptr<GraphEncoder> encoder;
  std::string name;      ///< Its row in the catalogue.
  int64_t features = 0;  ///< Of a node.
};

/// Loads what `nce train` wrote:
///
///     const nn::TrainedGraphEncoder trained = nn::load_graph_encoder("runs/a/checkpoint.safetensors");
///     const data::GraphDataset molecules = data::load_tu("MUTAG", root);
///     const NoGrad no_grad;
///     const Tensor features = (*trained.encoder)(data::to_batch(molecules, std::vector{0, 1, 2}));
///
/// An error names the file and what it lacks.
TrainedGraphEncoder load_graph_encoder(const std::filesystem::path& path);

}  // namespace nce::nn
