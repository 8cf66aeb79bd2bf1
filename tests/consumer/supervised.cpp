// Supervised training as somebody else's project has it: an own module, an own loss, an encoder frozen for the first
// epoch. It uses each of nce's libraries.
#include <cstdio>

#include "nce/data/loader.h"
#include "nce/data/sets/glyphs.h"
#include "nce/losses/sup_con.h"
#include "nce/nn/eval/features.h"
#include "nce/nn/layers.h"
#include "nce/nn/optim/adam.h"

using namespace nce;

struct CenterLoss : nn::Module {  // Wen et al., 2016
  CenterLoss(int64_t classes, int64_t dim, Generator& g) : centers(Tensor::randn({classes, dim}, g.next())) {}
  Tensor operator()(const Tensor& z, std::span<const int> labels) {
    return mean(sum(square(z - index_select(centers, 0, labels)), 1));
  }
  void fields(nn::Fields& f) override { f.parameter("centers", centers); }
  Tensor centers;
};

struct Model : nn::Layer {
  Model(int64_t classes, Generator& g)
      : encoder{nn::Conv2d(1, 16, g, {.kernel = 3, .padding = 1}), nn::ReLU(), nn::MaxPool2d({.kernel = 4}),
                nn::Flatten()},
        head{{"hidden", nn::Linear(16 * 7 * 7, 64, g)}, {"act", nn::ReLU()}, {"out", nn::Linear(64, classes, g)}},
        center_loss(classes, 784, g) {}
  Tensor forward(const Tensor& x) override { return head(encoder(x)); }
  void fields(nn::Fields& f) override {
    f.module("encoder", encoder), f.module("head", head), f.module("center_loss", center_loss);
  }
  nn::Sequential encoder, head;
  CenterLoss center_loss;
};

int main() {
  const auto train = data::glyphs(data::Split::train, {.count = 2000});
  const auto test = data::glyphs(data::Split::test, {.count = 500});
  const data::Normalisation normalisation = data::pixel_statistics(train);
  data::Loader loader(train, {.batch = 100, .views = {}, .num_views = 1, .normalisation = normalisation});
  Generator g{.seed = 1};
  Model model(train.classes, g);
  nn::Adam optimizer(model.named_parameters(), {.lr = 3e-3});
  for (int64_t epoch = 0; epoch < 12; ++epoch) {
    model.encoder.freeze(epoch == 0);
    loader.start_epoch(epoch);
    while (const data::Batch* batch = loader.next()) {
      const Tensor z = model.encoder(batch->views);
      const Tensor loss = cross_entropy(model.head(z), batch->labels) + model.center_loss(z, batch->labels) * 1e-5 +
                          losses::sup_con(z, batch->labels) * 0.1;
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
    }
  }
  const std::vector<int> predicted = argmax(nn::features_of(model, test.size(), [&](int64_t begin, int64_t end) {
    return model(data::to_tensor(test, begin, end, normalisation));
  }));
  int64_t right = 0;
  for (size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == test.labels[i];
  std::printf("%d of %d test images are recognised\n", int(right), int(test.size()));
  return right > test.size() / 2 ? 0 : 1;
}
