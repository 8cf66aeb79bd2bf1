// SimSiam on one page: no negatives at all. Each view's embedding, through a small predictor, is to point where the other
// view's does; what keeps everything from collapsing into one point is that no gradient flows into the latter. Trains on
// the built-in images without their labels, and says what a nearest-neighbour vote makes of the features before and after.
//
//   simsiam [EPOCHS]
#include <cstdio>
#include <string>

#include "nce/core/autograd.h"
#include "nce/data/glyphs.h"
#include "nce/data/loader.h"
#include "nce/losses/negative_cosine.h"
#include "nce/nn/encoders.h"
#include "nce/nn/knn.h"
#include "nce/nn/layers.h"
#include "nce/nn/optim.h"

using namespace nce;

namespace {

constexpr int64_t kBatch = 256, kDim = 128;

// Adds in -> out without bias, and batch normalisation.
void add_layer(nn::Sequential& to, int64_t in, int64_t out, Generator& generator) {
  to.add<nn::Linear>(in, out, generator, false).add<nn::BatchNorm1d>(out);
}

double accuracy(nn::Module& encoder, const data::Normalisation& normalisation) {
  NoGrad no_grad;
  encoder.eval();
  const data::Dataset train = data::glyphs(data::Split::train), test = data::glyphs(data::Split::test);
  const auto features = [&](const data::Dataset& set) {
    return encoder(data::to_tensor(set, 0, 2000, normalisation));
  };
  const double knn = nn::knn_accuracy(features(train), std::span(train.labels).first(2000), features(test),
                                      std::span(test.labels).first(2000));
  encoder.train();
  return 100 * knn;
}

void train(int64_t epochs) {
  const data::Dataset digits = data::glyphs(data::Split::train);
  const data::Normalisation normalisation = data::pixel_statistics(digits);
  data::Loader loader(digits,
                      {.batch = kBatch, .augment = data::simclr_options(digits), .normalisation = normalisation});
  Generator generator{.seed = 1};
  auto encoder = nn::make_encoder("conv4", {.height = 28, .width = 28, .channels = 1}, generator);
  nn::Sequential projector, predictor;
  add_layer(projector, encoder->feature_dim(), kDim, generator);
  projector.add<nn::ReLU>();
  add_layer(projector, kDim, kDim, generator);
  add_layer(predictor, kDim, kDim / 4, generator);
  predictor.add<nn::ReLU>().add<nn::Linear>(kDim / 4, kDim, generator);

  nn::NamedTensors parameters;
  for (const auto& [name, module] : {std::pair<std::string, nn::Module*>("encoder.", encoder.get()),
                                     {"projector.", &projector},
                                     {"predictor.", &predictor}})
    for (const auto& [field, tensor] : module->named_parameters()) parameters.emplace_back(name + field, tensor);
  nn::AdamW optimizer(parameters, {.lr = 1e-3});
  std::printf("before: kNN %.1f %%\n", accuracy(*encoder, normalisation));

  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    double total = 0;
    loader.start_epoch(epoch);
    while (const data::Batch* batch = loader.next()) {
      const Tensor z1 = projector((*encoder)(batch->view1)), z2 = projector((*encoder)(batch->view2));
      const Tensor loss =
          (losses::negative_cosine(predictor(z1), z2) + losses::negative_cosine(predictor(z2), z1)) * 0.5;
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      total += loss.item();
    }
    std::printf("epoch %d: loss %.4f, kNN %.1f %%\n", int(epoch) + 1, total / double(loader.steps_per_epoch()),
                accuracy(*encoder, normalisation));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const int epochs = argc == 2 ? std::stoi(argv[1]) : 3;
  if (argc > 2 || epochs < 1) throw std::invalid_argument("EPOCHS must be at least 1");
  train(epochs);
} catch (const std::logic_error& error) {
  std::fprintf(stderr, "simsiam: %s\nusage: simsiam [EPOCHS]\n", error.what());
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "simsiam: %s\n", error.what());
  return 1;
}
