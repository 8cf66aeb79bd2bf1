// MoCo on one page: contrastive learning against a queue of old embeddings. A second encoder makes them; it slowly
// follows the trained one. Trains on the built-in images without their labels. Prints the accuracy of a
// nearest-neighbour vote before training and after each epoch. It falls at first: the queue still holds embeddings that
// have little to do with what the encoder becomes.
//
//   moco [EPOCHS]
#include <cstdio>
#include <span>

#include "nce/core/autograd.h"
#include "nce/core/number.h"
#include "nce/core/ops.h"
#include "nce/data/loader.h"
#include "nce/data/sets/glyphs.h"
#include "nce/losses/moco.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/encoders/head.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/layers.h"
#include "nce/nn/optim/adam.h"
#include "nce/nn/optim/ema.h"

using namespace nce;

namespace {

constexpr int64_t kBatch = 64, kDim = 64;

// An encoder, [0], with its projection head, [1].
struct Network : nn::Sequential {
  Network() {
    Generator generator{.seed = 1};
    auto encoder = nn::make_encoder("conv4", {.height = 28, .width = 28, .channels = 1}, generator);
    const int64_t features = encoder->feature_dim();
    add(std::move(encoder)).add(nn::make_projection_head(features, features, kDim, generator));
  }
};

double accuracy(nn::Layer& encoder, const data::Normalisation& normalisation) {
  NoGrad no_grad;
  encoder.eval();
  const auto train = data::glyphs(data::Split::train), test = data::glyphs(data::Split::test);
  const auto features = [&](const data::Dataset& set) {
    return encoder(data::to_tensor(set, 0, 2000, normalisation));
  };
  const double knn = nn::knn_accuracy(features(train), std::span(train.labels).first(2000), features(test),
                                      std::span(test.labels).first(2000));
  encoder.train();
  return 100 * knn;
}

void train(int64_t epochs) {
  const auto digits = data::glyphs(data::Split::train);
  const data::Normalisation normalisation = data::pixel_statistics(digits);
  data::Loader loader(digits, {.batch = kBatch, .normalisation = normalisation});
  Network online, momentum;
  nn::ema_start(momentum, online);
  losses::MemoryQueue queue(1024, kDim, Key(1));
  nn::AdamW optimizer(online.named_parameters(), {.lr = 2e-3});
  std::printf("before: kNN %.1f %%\n", accuracy(online[0], normalisation));

  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    double total = 0;
    loader.start_epoch(epoch);
    while (const data::Batch* batch = loader.next()) {
      const auto [queries, positives] = halves(batch->views);
      Tensor keys;
      {
        NoGrad no_grad;
        keys = momentum(positives);
      }
      const Tensor loss = losses::moco(online(queries), keys, queue, {.temperature = 0.2});
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      nn::ema_update(momentum, online, 0.99);  // 0.999 in the paper, for far longer training
      queue.push(keys);
      total += loss.item();
    }
    std::printf("epoch %d: loss %.4f, kNN %.1f %%\n", int(epoch) + 1, total / double(loader.steps_per_epoch()),
                accuracy(online[0], normalisation));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const int epochs = argc > 1 ? number_in<int>(argv[1]).value_or(0) : 5;
  if (argc > 2 || epochs < 1) {
    std::fprintf(stderr, "usage: moco [EPOCHS], a number of at least 1\n");
    return 2;
  }
  train(epochs);
} catch (const std::exception& error) {
  std::fprintf(stderr, "moco: %s\n", error.what());
  return 1;
}
