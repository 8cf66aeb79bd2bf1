// Lists of transforms: those with names, and random ones.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "nce/core/error.h"
#include "nce/data/views/catalogue.h"
#include "support/noise.h"

using namespace nce;
using namespace nce::data;
using nce::test::noise, nce::test::view_of;

TEST_CASE("every preset makes views of every shape of image, BYOL's two differ, and none changes nothing") {
  std::set<std::string> names;
  for (const KnownPreset& preset : known_presets()) {
    CAPTURE(preset.name);
    CHECK(names.insert(preset.name).second);
    CHECK(!preset.help.empty());
    for (const int channels : {1, 3}) {
      const InMemoryDataset set = noise(channels, 28, 30);
      const std::vector<int> all{0, 1, 2, 3};
      Views views = make_preset(preset.name);
      views.settle(set);
      const Tensor first = augment_batch(set, all, {}, views[0], Key(1)),
                   second = augment_batch(set, all, {}, views[1], Key(1));
      const Tensor plain = to_tensor(set, 0, 4, {});
      CHECK((first.to_vector<float>() != second.to_vector<float>()) == (preset.name == "byol"));
      double most = 0;
      const auto a = first.to_vector<float>(), b = plain.to_vector<float>();
      for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(double(a[i]) - double(b[i])));
      CHECK((most > 0.01) == (preset.name != "none"));
    }
  }
  // The papers' numbers.
  const auto value = [](const char* preset, const char* name) {
    Views views = make_preset(preset);
    for (const Option& option : list_options(views))
      if (option.name == name) return option.value;
    return std::string("not there");
  };
  CHECK(value("simclr", "color_strength") == "2");  // 0.8, 0.8, 0.8, 0.2
  CHECK(value("simclr", "blur") == "0.5");
  CHECK(value("moco-v2", "min_scale") == "0.2");
  CHECK(value("byol", "blur") == "1");
  CHECK(value("byol", "blur2") == "0.1");
  CHECK(value("byol", "solarize") == "0.2");
  CHECK(value("byol", "saturation") == "0.2");
  CHECK(value("supervised", "padding") == "4");
  // The default is a preset.
  const InMemoryDataset set = noise(3);
  for (uint64_t seed = 0; seed < 20; ++seed)
    CHECK(view_of(set, 1, make_preset("simclr-cifar")[0], Key(seed)) == view_of(set, 1, simclr_views(), Key(seed)));
  CHECK_THROWS_WITH_AS(
      make_preset("dino"),
      "no preset is called 'dino'; there are simclr-cifar, simclr, moco-v2, byol, mnist, supervised, none", Error);
}

TEST_CASE("random lists give, bit by bit, what their transforms give step by step") {
  const InMemoryDataset set = noise(3, 20, 19);
  std::vector<std::string> names;
  for (const std::string& name : names_of(known_transforms()))
    if (name != "noise") names.push_back(name);  // another test's
  Random random{Key(11)};
  int mirrored = 0, late = 0, close = 0;
  for (uint64_t trial = 0; trial < 300; ++trial) {
    std::vector<std::string> list = names;
    random.shuffle(list);
    list.resize(1 + random.below(6));
    if (trial % 2) list.insert(list.begin(), "crop2"), list.push_back("flip2");
    const Pipeline views = make_pipeline(list);
    const Key key(trial);
    const auto fused = view_of(set, 2, views, key);
    // Each transform alone, on floats that are decoded before and after it.
    LineMemory memory;
    Image image(set, 2, memory);
    for (const std::string& name : list) {
      image.planes_either_way();
      make_pipeline({name}).apply(image, key);
    }
    std::vector<float> stepwise(fused.size());
    image.write({}, stepwise.data());
    CAPTURE(fmt::format("{}", fmt::join(list, ",")));
    REQUIRE(fused == stepwise);
    // A flip that moves its pixels at once: sums run from the other side, and round differently.
    Image eager(set, 2, memory);
    for (const std::string& name : list) make_pipeline({name}).apply(eager, key), eager.planes();
    eager.write({}, stepwise.data());
    const auto steps = [](const std::string& name) {  // what turns a small difference into a large one
      return name == "solarize" || name == "posterize" || name == "equalize" || name == "rand_augment";
    };
    if (std::none_of(list.begin(), list.end(), steps)) {
      for (size_t i = 0; i < fused.size(); ++i) REQUIRE(std::abs(fused[i] - stepwise[i]) < 1e-4f);
      ++close;
    }
    mirrored += std::find(list.begin(), list.end(), "flip2") != list.end();
    late += std::find(list.begin() + 1, list.end(), "crop") != list.end();
  }
  CHECK(mirrored > 100);
  CHECK(late > 10);
  CHECK(close > 50);
}
