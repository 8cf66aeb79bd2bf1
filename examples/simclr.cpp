// Contrastive learning on one page: trains a small encoder on the built-in images without their labels, and writes it
// to a file that PyTorch reads too. `nce train` does the same with every option, and warms up the learning rate.
//
//   simclr FILE [EPOCHS]
#include <cstdio>
#include <string>

#include "nce/core/number.h"
#include "nce/core/ops.h"
#include "nce/data/loader.h"
#include "nce/data/sets/glyphs.h"
#include "nce/losses/info_nce.h"
#include "nce/nn/checkpoint.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/encoders/head.h"
#include "nce/nn/optim/adam.h"

using namespace nce;

namespace {

void train(const std::string& file, int64_t epochs) {
  const auto digits = data::glyphs(data::Split::train);
  data::Loader loader(digits, {.batch = 256, .normalisation = data::pixel_statistics(digits)});
  Generator generator{.seed = 1};
  auto encoder = nn::make_encoder("conv4", {.height = 28, .width = 28, .channels = 1}, generator);
  auto head = nn::make_projection_head(encoder->feature_dim(), 128, 128, generator);
  nn::NamedTensors parameters = encoder->named_parameters();
  for (const auto& named : head->named_parameters()) parameters.push_back(named);
  nn::AdamW optimizer(parameters, {.lr = 2e-3});

  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    double total = 0;
    loader.start_epoch(epoch);
    while (const data::Batch* batch = loader.next()) {
      // Both views go through together, so that batch normalisation sees the statistics of both.
      const auto [z1, z2] = halves((*head)((*encoder)(batch->views)));
      const Tensor loss = losses::info_nce(z1, z2, {.temperature = 0.2});
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      total += loss.item();
    }
    std::printf("epoch %d: loss %.4f\n", int(epoch) + 1, total / double(loader.steps_per_epoch()));
  }
  nn::save_checkpoint(file, *encoder);
}

}  // namespace

int main(int argc, char** argv) try {
  const int epochs = argc == 3 ? number_in<int>(argv[2]).value_or(0) : 1;
  if (argc < 2 || argc > 3 || epochs < 1)
    throw std::invalid_argument("FILE [EPOCHS] are needed, EPOCHS at least 1");
  train(argv[1], epochs);
} catch (const std::logic_error& error) {
  std::fprintf(stderr, "simclr: %s\nusage: simclr FILE [EPOCHS]\n", error.what());
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "simclr: %s\n", error.what());
  return 1;
}
