// The program nce with things of its own: a data set, a transform, an encoder, an optimiser, a schedule, a domain.
#include "nce/data/catalogue.h"
#include "nce/data/views/catalogue.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/layers.h"
#include "nce/nn/optim/catalogue.h"
#include "nce/nn/optim/schedule.h"
#include "nce/nn/optim/sgd.h"
#include "own/vectors.h"
#include "program.h"

using namespace nce;

namespace {

// 8 x 8 images with a bright quarter, which is the label.
data::InMemoryDataset quarters(data::Split split) {
  data::InMemoryDataset set({.name = "quarters",
                             .height = 8,
                             .width = 8,
                             .channels = 1,
                             .classes = 4,
                             .may_mirror = false,
                             .smallest_crop = 0.5});
  Random random(Key(split == data::Split::train ? 1 : 2));
  for (int i = 0; i < (split == data::Split::train ? 256 : 64); ++i) {
    set.labels.push_back(i % 4);
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 8; ++x) {
        const bool bright = y / 4 == i % 4 / 2 && x / 4 == i % 2;
        set.images.push_back(uint8_t((bright ? 160 : 0) + random.below(60)));
      }
  }
  return set;
}

struct Speckle {
  double amount = 0.1;
  void fields(Options& o) { o.number("speckle", amount, "largest change of a pixel", {.least = 0, .most = 1}); }
  void apply(data::Image& image, Random& random) const {
    const data::Planes planes = image.planes();
    for (int64_t i = 0; i < planes.pixels() * planes.channels; ++i)
      planes.data[i] += float(amount) * random.uniform(-1, 1);
  }
};

struct FlatOptions {
  int64_t outputs = 12;
  void fields(Options& o) { o.integer("outputs", outputs, "size of the features", {.least = 1}); }
};

class Flat final : public nn::Encoder {
 public:
  Flat(const nn::ImageSize& image, Generator& generator, const FlatOptions& options)
      : outputs_(options.outputs), layer_(image.height * image.width * image.channels, outputs_, generator) {}
  int64_t feature_dim() const override { return outputs_; }
  Tensor forward(const Tensor& x) override { return layer_(reshape(x, {x.size(0), -1})); }
  void fields(nn::Fields& f) override { f.module("layer", layer_); }

 private:
  int64_t outputs_;
  nn::Linear layer_;
};

// Full rate in every second step.
struct Blinking {
  double dark = 0.5;
  void fields(Options& o) { o.number("dark", dark, "share of the rate in the other steps", {.least = 0}); }
  double operator()(int64_t t, int64_t) const { return t % 2 ? dark : 1; }
  bool needs_length() const { return false; }
};

const bool known[] = {
    data::known_datasets().add(
        data::known_dataset("quarters", "", [](const auto&, data::Split split) { return quarters(split); })),
    data::known_transforms().add(data::known_transform<Speckle>("speckle")),
    nn::known_encoders().add(nn::known_encoder<Flat>("flat", FlatOptions{})),
    nn::known_optimizers().add(nn::known_optimizer<nn::SGD>("gentle", nn::SgdOptions{.lr = 0.01})),
    nn::known_schedules().add(nn::known_schedule("blinking", Blinking{})),
    cli::known_tasks().add(test::vector_task()),
};

}  // namespace

int main(int argc, char** argv) { return cli::run_program(argc, argv); }
