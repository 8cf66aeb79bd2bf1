// Contrastive learning of graphs on one page: trains GraphCL's small network on a set of the TU collection without its
// labels, measures it by 10-fold cross-validation, beside histograms that nothing learned, and writes the weights to a
// file. `nce train --data tu:NAME` does the same with every option.
//
//   graphcl ROOT NAME FILE [EPOCHS]
//
// ROOT holds TUDataset/NAME/raw, as PyTorch Geometric leaves it.
#include <cstdio>
#include <numeric>
#include <string>

#include "nce/core/number.h"
#include "nce/core/ops.h"
#include "nce/data/graphs/batch.h"
#include "nce/data/graphs/histograms.h"
#include "nce/data/graphs/loader.h"
#include "nce/data/graphs/tu.h"
#include "nce/losses/info_nce.h"
#include "nce/nn/checkpoint.h"
#include "nce/nn/encoders/head.h"
#include "nce/nn/eval/cross_validation.h"
#include "nce/nn/eval/features.h"
#include "nce/nn/graphs/catalogue.h"
#include "nce/nn/optim/adam.h"

using namespace nce;

namespace {

void measure(const std::string& name, const Tensor& features, const data::GraphDataset& graphs) {
  const nn::CrossValidation result = nn::cross_validate(features, graphs.labels);
  std::printf("%-25s %5.1f +- %.1f %%\n", name.c_str(), 100 * result.mean, 100 * result.spread);
}

Tensor features_of(nn::GraphEncoder& encoder, const data::GraphDataset& graphs) {
  std::vector<int> all(size_t(graphs.size()));
  std::iota(all.begin(), all.end(), 0);
  return nn::features_of(encoder, graphs.size(), [&](int64_t begin, int64_t end) {
    return encoder(data::to_batch(graphs, std::span(all).subspan(size_t(begin), size_t(end - begin))));
  });
}

void train(const std::string& root, const std::string& name, const std::string& file, int64_t epochs) {
  const data::GraphDataset graphs = data::load_tu(name, root);
  data::GraphLoader loader(graphs, {.batch = 128});  // two views a graph, each by one of GraphCL's four transforms
  Generator generator{.seed = 1};
  auto encoder = nn::make_graph_encoder("gin", graphs.features, generator);
  auto head = nn::make_projection_head(encoder->feature_dim(), 96, 96, generator);
  nn::NamedTensors parameters = encoder->named_parameters();
  for (const auto& named : head->named_parameters()) parameters.push_back(named);
  nn::AdamW optimizer(parameters, {.lr = 1e-2, .weight_decay = 0});

  for (const auto& plain : data::plain_features(graphs)) measure(plain.name, plain.features, graphs);
  measure("random gin", features_of(*encoder, graphs), graphs);
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    loader.start_epoch(epoch);
    while (const data::ViewsOfGraphs* batch = loader.next()) {
      const auto [z1, z2] = halves((*head)((*encoder)(batch->views)));
      const Tensor loss = losses::info_nce(z1, z2, {.temperature = 0.2});
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
    }
  }
  measure("trained gin", features_of(*encoder, graphs), graphs);
  nn::save_checkpoint(file, *encoder);
}

}  // namespace

int main(int argc, char** argv) try {
  const int epochs = argc == 5 ? number_in<int>(argv[4]).value_or(0) : 20;
  if (argc < 4 || argc > 5 || epochs < 1)
    throw std::invalid_argument("ROOT NAME FILE [EPOCHS] are needed, EPOCHS at least 1");
  train(argv[1], argv[2], argv[3], epochs);
} catch (const std::logic_error& error) {
  std::fprintf(stderr, "graphcl: %s\nusage: graphcl ROOT NAME FILE [EPOCHS]\n", error.what());
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "graphcl: %s\n", error.what());
  return 1;
}
