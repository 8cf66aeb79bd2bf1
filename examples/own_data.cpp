// The program nce with a data set of one's own. Its pictures are drawn when they are asked for; nothing is kept.
//
//   nce_own_data train --data stripes --noise 0.5 --out runs/stripes
//
// The set and its option are then in --help, in config.toml, in `eval`, `embed` and `report`, as any other. In C++ a
// `Loader` makes batches of it: Loader loader(stripes, {.batch = 64}); loader.start_epoch(0); loader.next()->views.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "nce/core/random.h"
#include "nce/data/catalogue.h"
#include "program.h"

using namespace nce;

namespace {

// Stripes in one of four directions, which is the label; their width, place and brightness are random.
class Stripes final : public data::Dataset {
 public:
  Stripes(int64_t count, double noise, Key key)
      : Dataset({.name = "stripes", .height = 24, .width = 24, .channels = 1, .classes = 4, .may_mirror = false}),
        noise_(noise),
        key_(key) {
    for (int64_t i = 0; i < count; ++i) labels.push_back(int(i % 4));
  }
  // The same i gives the same picture, on any thread: its random numbers have a key of their own.
  data::Picture picture(int64_t i, std::vector<uint8_t>& room) const override {
    Random random(key_.fold(uint64_t(i)));
    const double angle = labels[size_t(i)] * std::numbers::pi / 4, turns = random.uniform(0.5f, 1.2f),
                 start = random.uniform(0, 6.28f), height = random.uniform(0.3f, 1);
    room.resize(size_t(image_bytes()));
    for (int y = 0; y < 24; ++y)
      for (int x = 0; x < 24; ++x) {
        const double wave = std::sin(turns * (x * std::cos(angle) + y * std::sin(angle)) + start);
        const double light = 0.5 + height * wave / 2 + noise_ * random.uniform(-0.5f, 0.5f);
        room[size_t(24 * y + x)] = uint8_t(255 * std::clamp(light, 0.0, 1.0));
      }
    return {24, 24, 1, room};
  }

 private:
  double noise_;
  Key key_;
};

struct StripesSource {
  double noise = 0.3;
  void fields(Options& o) { o.number("noise", noise, "height of the noise", {.least = 0, .most = 1}); }
  data::Splits load(const std::filesystem::path&) const {
    return {std::make_shared<Stripes>(4000, noise, Key(1)), std::make_shared<Stripes>(1000, noise, Key(2))};
  }
};

const bool registered = data::known_datasets().add(data::known_dataset("stripes", "", StripesSource{}));

}  // namespace

int main(int argc, char** argv) { return cli::run_program(argc, argv); }
