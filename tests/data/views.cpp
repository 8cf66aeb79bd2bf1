#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/data/views/blur.h"
#include "nce/data/views/catalogue.h"
#include "nce/data/views/colour.h"
#include "nce/data/views/crop.h"
#include "nce/data/views/flip.h"
#include "support/noise.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::data;
using nce::test::noise, nce::test::view_of;

namespace {

// Transforms by name, with options.
Pipeline with(const std::vector<std::string>& names, const std::vector<Setting>& settings) {
  Pipeline views = make_pipeline(names);
  set_options(views, settings);
  return views;
}
// SimCLR's transforms, with options.
Pipeline simclr(const std::vector<Setting>& settings) { return with(simclr_views().names(), settings); }

Pipeline identity() {
  return simclr({{"min_scale", "1"}, {"ratio", "1"}, {"flip", "0"}, {"jitter", "0"}, {"grey", "0"}});
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(double(a[i]) - b[i]));
  return worst;
}

// An executable's own transform, registered before main: noise on each value.
struct Noise {
  double noise = 0.1;
  void fields(Options& o) { o.number("noise", noise, "largest change of a value", {.least = 0, .most = 1}); }
  void apply(Image& image, Random& random) const {
    const Planes planes = image.planes();
    for (int64_t i = 0; i < planes.channels * planes.pixels(); ++i)
      planes.data[i] += random.uniform(float(-noise), float(noise));
  }
};
const bool known = known_transforms().add(known_transform<Noise>("noise"));

// For each row of the catalogue: settings that leave a square image as it is, and settings that change it.
struct Expected {
  std::vector<Setting> off, on;
};
const std::map<std::string, Expected> kExpected{
    {"crop", {{{"min_scale", "1"}, {"ratio", "1"}}, {{"min_scale", "0.2"}, {"max_scale", "0.3"}}}},
    {"flip", {{{"flip", "0"}}, {{"flip", "1"}}}},
    {"jitter", {{{"jitter", "1"}, {"color_strength", "0"}}, {{"jitter", "1"}}}},
    {"grey", {{{"grey", "0"}}, {{"grey", "1"}}}},
    {"blur", {{{"blur", "0"}}, {{"blur", "1"}, {"min_sigma", "1"}}}},
    {"solarize", {{{"solarize", "0"}}, {{"solarize", "1"}}}},
    {"vflip", {{{"vflip", "0"}}, {{"vflip", "1"}}}},
    {"rotation", {{{"rotation", "0"}}, {{"rotation_degrees", "40"}}}},
    {"affine", {{{"affine", "0"}}, {{"affine_shear", "20"}}}},
    {"elastic", {{{"elastic", "0"}}, {{"elastic", "1"}}}},
    {"erasing", {{{"erasing", "0"}}, {{"erasing", "1"}, {"erasing_min_area", "0.3"}}}},
    {"padded_crop", {{{"padding", "0"}}, {{"padding", "5"}, {"padding_mode", "reflect"}}}},
    {"center_crop", {{}, {{"center_share", "0.5"}}}},
    {"posterize", {{{"posterize", "0"}}, {{"posterize", "1"}}}},
    {"equalize", {{{"equalize", "0"}}, {{"equalize", "1"}}}},
    {"autocontrast", {{{"autocontrast", "0"}}, {{"autocontrast", "1"}}}},
    {"invert", {{{"invert", "0"}}, {{"invert", "1"}}}},
    {"adjust_brightness", {{{"brightness_factor", "1"}}, {{"adjust_brightness", "1"}}}},
    {"adjust_contrast", {{{"contrast_factor", "1"}}, {{"adjust_contrast", "1"}}}},
    {"adjust_saturation", {{{"saturation_factor", "1"}}, {{"adjust_saturation", "1"}}}},
    {"adjust_sharpness", {{{"sharpness_factor", "1"}}, {{"adjust_sharpness", "1"}}}},
    {"rand_augment", {{{"rand_ops", "0"}}, {{"rand_ops", "4"}}}},
    {"identity", {{}, {}}},
    {"noise", {{{"noise", "0"}}, {{"noise", "0.5"}}}},
};

// At a probability of 1 nothing about them is random.
const std::set<std::string> kFixed{"flip",
                                   "grey",
                                   "solarize",
                                   "vflip",
                                   "center_crop",
                                   "posterize",
                                   "equalize",
                                   "autocontrast",
                                   "invert",
                                   "adjust_brightness",
                                   "adjust_contrast",
                                   "adjust_saturation",
                                   "adjust_sharpness",
                                   "identity"};

}  // namespace

TEST_CASE("every transform of the catalogue can change an image, can leave it, and lists its options") {
  InMemoryDataset set = noise(3, 20, 20);
  for (uint8_t& byte : set.images) byte = uint8_t(40 + byte / 2);  // room for autocontrast
  const auto plain = to_tensor(set, 2, 3, {}).to_vector<float>();
  CHECK(known);
  std::set<std::string> names, options;
  for (const KnownTransform& row : known_transforms()) {
    CAPTURE(row.name);
    REQUIRE(kExpected.contains(row.name));  // a new transform: add what it must do
    CHECK(names.insert(row.name).second);
    const Expected& expected = kExpected.at(row.name);
    CHECK(distance(view_of(set, 2, with({row.name}, expected.off), Key(1)), plain) < 1e-4);
    const Pipeline on = with({row.name}, expected.on);
    const auto changed = view_of(set, 2, on, Key(1));
    if (row.name != "identity") CHECK(distance(changed, plain) > 0.01);
    for (const float value : changed) REQUIRE((value >= -0.51f && value <= 1.51f));
    CHECK(view_of(set, 2, on, Key(1)) == changed);
    if (!kFixed.contains(row.name)) CHECK(view_of(set, 2, on, Key(2)) != changed);
    CHECK(number_of(row.name).empty());  // numbers tell two of a kind apart
    for (const Option& option : list_options(*row.make())) {
      CHECK(options.insert(option.name).second);
      CHECK(!option.help.empty());
    }
  }
  CHECK(names.size() == kExpected.size());
}

TEST_CASE("SimCLR's view is, bit by bit, its transforms one after the other") {
  for (int channels : {1, 3}) {
    const InMemoryDataset set = noise(channels);
    const std::vector<std::string> all{"crop", "flip", "jitter", "grey", "blur"};
    for (uint64_t seed = 0; seed < 200; ++seed) {
      CAPTURE(seed);
      // Each transform alone, on decoded floats in order. The flip is number `flipped_at`.
      const auto stepwise = [&](size_t flipped_at) {
        std::vector<std::string> order{"crop", "jitter", "grey", "blur"};
        order.insert(order.begin() + int64_t(flipped_at), "flip");
        LineMemory memory;
        Image image(set, 4, memory);
        for (const std::string& name : order) make_pipeline({name}).apply(image, Key(seed)), image.planes();
        const Planes planes = image.planes();
        std::vector<float> out;
        for (int y = 0; y < planes.height; ++y)
          for (int x = 0; x < planes.width; ++x)
            for (int c = 0; c < planes.channels; ++c) out.push_back(planes.column(c, x)[y]);
        return out;
      };
      const auto fused = view_of(set, 4, make_pipeline(all), Key(seed));
      REQUIRE(fused == stepwise(4));
      // With the flip second, sums run over a mirrored image and round differently.
      REQUIRE(distance(fused, stepwise(1)) < 1e-6);
    }
  }
}

TEST_CASE("adding a transform never changes the numbers of the others") {
  const InMemoryDataset set = noise(3);
  Pipeline before = make_pipeline({"noise", "crop", "flip", "jitter", "blur", "grey"});
  before.get<Noise>().noise = 0, before.get<GaussianBlur>().p = 0;
  for (uint64_t seed = 0; seed < 50; ++seed)
    REQUIRE(view_of(set, 1, before, Key(seed)) == view_of(set, 1, simclr_views(), Key(seed)));
}

TEST_CASE("a flip mirrors the image, and a crop that comes late sees what came before it") {
  const InMemoryDataset set = noise(3);
  InMemoryDataset mirrored = set;
  for (int64_t row = 0; row < 10 * 9; ++row)
    for (int64_t x = 0; x < 8; ++x)
      for (int64_t c = 0; c < 3; ++c)
        mirrored.images[size_t((row * 8 + x) * 3 + c)] = set.images[size_t((row * 8 + 7 - x) * 3 + c)];
  const auto plain = to_tensor(mirrored, 3, 4, {}).to_vector<float>();
  const std::vector<Setting> settings{{"flip", "1"}, {"min_scale", "0.3"}};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    CHECK(distance(view_of(set, 3, with({"flip"}, {{"flip", "1"}}), Key(seed)), plain) < 1e-6);
    const auto expected = view_of(mirrored, 3, with({"crop"}, {{"min_scale", "0.3"}}), Key(seed));
    CHECK(distance(view_of(set, 3, with({"flip", "crop"}, settings), Key(seed)), expected) < 1e-5);
    // A `noise` of 0 decodes and mirrors the image. Bytes stay the same on the way to floats and back.
    Pipeline decoded = with({"flip", "noise", "crop"}, settings);
    decoded.get<Noise>().noise = 0;
    CHECK(view_of(set, 3, decoded, Key(seed)) == expected);
  }
}

TEST_CASE("a list of transforms is a value, and refuses what it cannot tell apart") {
  Pipeline views = Pipeline().add("flip", RandomHorizontalFlip{.p = 0.1}).add("grey", RandomGrayscale{});
  CHECK(views.names() == std::vector<std::string>{"flip", "grey"});
  Pipeline copy = views;
  copy.get<RandomHorizontalFlip>().p = 0.9;
  CHECK(views.get<RandomHorizontalFlip>().p == 0.1);
  views = copy;
  CHECK(views.get<RandomHorizontalFlip>().p == 0.9);
  CHECK_THROWS_WITH_AS(views.get<ColorJitter>(), "views: no transform of this type is in the list", Error);
  CHECK_THROWS_WITH_AS(views.add("grey", Noise{}),
                       "views: 'grey' is in the list twice; call the second one 'grey2'", Error);
  CHECK_THROWS_WITH_AS(views.add("mirror", RandomHorizontalFlip{}),
                       "views: 'mirror' and another transform both have an option 'flip'", Error);
  CHECK_THROWS_WITH_AS(make_pipeline({"zoom"}),
                       ("no transform is called 'zoom'; there are " +
                        fmt::format("{}", fmt::join(names_of(known_transforms()), ", ")))
                           .c_str(),
                       Error);
  CHECK_THROWS_WITH_AS(known_transforms().add(known_transform<Noise>("noise")),
                       "the transform 'noise' is known already; choose another name", Error);
  CHECK(names_of(known_transforms()).size() == kExpected.size());
}

TEST_CASE("a list holds a transform twice under two names, each with options of its own") {
  const InMemoryDataset set = noise(3);
  Pipeline views = make_pipeline({"blur", "grey", "blur2"});
  std::vector<std::string> options;
  for (const Option& option : list_options(views)) options.push_back(option.name);
  CHECK(options ==
        std::vector<std::string>{"blur", "min_sigma", "max_sigma", "grey", "blur2", "min_sigma2", "max_sigma2"});
  set_options(views, {{"blur", "0"}, {"grey", "0"}, {"blur2", "1"}, {"min_sigma2", "1.5"}});
  CHECK(views.get<GaussianBlur>().p == 0);
  CHECK(view_of(set, 1, views, Key(1)) != view_of(set, 1, {}, Key(1)));
  set_options(views, {{"blur", "1"}});  // both blur, with numbers of their own
  CHECK(distance(view_of(set, 1, views, Key(1)), view_of(set, 1, with({"blur"}, {{"blur", "1"}}), Key(1))) > 0.01);
  CHECK_THROWS_WITH_AS(set_options(views, {{"min_sigma2", "0"}}), "min_sigma2: must be above 0, got 0", Error);
  views.get<GaussianBlur>().min_sigma = 9;
  CHECK_THROWS_WITH_AS(views.check(set), "views: min_sigma 9 is above max_sigma 2", Error);
}

TEST_CASE("a function is a transform, with random numbers of its name") {
  const InMemoryDataset set = noise(3);
  Pipeline views;
  views.add("mine", [](Image& image, Random& random) { adjust_brightness(image.planes(), random.uniform()); });
  const auto plain = view_of(set, 2, {}, Key(1));
  for (uint64_t seed = 0; seed < 5; ++seed) {
    Random random(Pipeline::random("mine", Key(seed)));
    const float factor = random.uniform();
    const auto dark = view_of(set, 2, views, Key(seed));
    for (size_t i = 0; i < plain.size(); ++i) REQUIRE(std::abs(dark[i] - factor * plain[i]) < 1e-6);
  }
  CHECK(list_options(views).empty());
}

TEST_CASE("lists of single views differ, and later views have the last one") {
  const InMemoryDataset set = noise(3);
  Views views = make_views("crop,flip,blur/crop,flip,blur2,grey");
  set_options(views, {{"blur", "1"}, {"blur2", "0"}, {"grey", "1"}, {"min_scale", "0.3"}});
  CHECK(views[0].names() == std::vector<std::string>{"crop", "flip", "blur"});
  CHECK(&views[1] == &views[7]);
  // What both lists have is the same in both.
  CHECK(distance(view_of(set, 1, views[1], Key(4)),
                 view_of(set, 1, with({"crop", "flip", "grey"}, {{"min_scale", "0.3"}, {"grey", "1"}}), Key(4))) ==
        0);
  CHECK(distance(view_of(set, 1, views[0], Key(4)), view_of(set, 1, views[1], Key(4))) > 0.01);
  CHECK_THROWS_WITH_AS(Views(std::vector<Pipeline>()), "views: there is no list of transforms", Error);
}

TEST_CASE("a view has a size of its own where the list says so") {
  InMemoryDataset set = noise(3);
  Pipeline half = make_pipeline({"flip"});
  half.size(4, 5);
  set_options(half, {{"flip", "0"}});
  const std::vector<int> some{1, 3};
  const Tensor small = augment_batch(set, some, {}, half, Key(1));
  REQUIRE(small.shape() == Shape{2, 4, 5, 3});
  // Without a crop it is the whole image, resized.
  std::vector<float> values(4 * 5 * 3);
  const Planes planes{.data = values.data(), .height = 4, .width = 5, .channels = 3};
  resized_crop(set.image(3).data(), 9, 8, {.height = 9, .width = 8}, planes);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 5; ++x)
      for (int c = 0; c < 3; ++c) REQUIRE(small[1][y][x][c].item() == planes.column(c, x)[y]);
  // Every transform works at this size, also larger than the images.
  for (const auto& [height, width] : {std::pair{5, 4}, {16, 16}}) {
    Pipeline all = make_pipeline({"crop", "flip", "jitter", "grey", "blur"});
    all.size(height, width);
    const Tensor views = augment_batch(set, some, {}, all, Key(1));
    CHECK(views.shape() == Shape{2, height, width, 3});
    CHECK(min(views).item() >= 0);
    CHECK(max(views).item() <= 1);
  }
  CHECK_THROWS_WITH_AS(half.size(0, 3), "views: there is no size of 0 x 3", Error);
}

TEST_CASE("views depend on the key and the image alone: not on the batch, not on the threads") {
  const InMemoryDataset set = noise(3);
  const std::vector<int> all{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, one{7};
  const auto views = augment_batch(set, all, {}, simclr_views(), Key(1)).to_vector<float>();
  CHECK(test::same_on_threads(
      [&] { return augment_batch(set, all, {}, simclr_views(), Key(1)).to_vector<float>(); }));
  const auto alone = augment_batch(set, one, {}, simclr_views(), Key(1)).to_vector<float>();
  CHECK(std::equal(alone.begin(), alone.end(), views.begin() + 7 * set.image_bytes()));
  CHECK(augment_batch(set, all, {}, simclr_views(), Key(2)).to_vector<float>() != views);
}

TEST_CASE("crops, flips, jitter and grey come as often and as large as the options say") {
  // Red is the row, green the column: a view tells which part of the image it shows.
  InMemoryDataset map({.name = "map", .height = 32, .width = 32, .channels = 3, .classes = 1, .labels = {0}});
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x) map.images.insert(map.images.end(), {uint8_t(8 * y), uint8_t(8 * x), 100});
  const int n = 4000;
  const Pipeline options = simclr({{"jitter", "0"}});
  std::vector<float> view(32 * 32 * 3);
  int flips = 0, greys = 0, tenths[10] = {};
  double area_sum = 0;
  for (int i = 0; i < n; ++i) {
    augment(map, 0, {}, options, Key(uint64_t(i)), view.data());
    const auto at = [&](int y, int x, int c) { return double(view[size_t((y * 32 + x) * 3 + c)]); };
    if (at(5, 5, 0) == at(5, 5, 2) && at(5, 5, 1) == at(5, 5, 2)) {
      ++greys;
      continue;
    }
    // From pixel 8 to 24 the view covers half the crop.
    const double tall = (at(24, 16, 0) - at(8, 16, 0)) * 255 / 8 * 2;
    const double wide = (at(16, 24, 1) - at(16, 8, 1)) * 255 / 8 * 2;
    flips += wide < 0;
    const double area = tall * std::abs(wide) / 1024;
    area_sum += area;
    ++tenths[std::min(9, int(area * 10))];
    REQUIRE(area > 0.06);  // 0.08, in whole pixels
    REQUIRE(area < 1.03);
    REQUIRE(tall / std::abs(wide) > 0.6);
    REQUIRE(tall / std::abs(wide) < 1.65);
  }
  const int coloured = n - greys;
  CHECK(std::abs(greys / double(n) - 0.2) < 0.03);
  CHECK(std::abs(flips / double(coloured) - 0.5) < 0.04);
  // Uniform in 0.08 .. 1, but fewer of the largest: some do not fit and are drawn again.
  CHECK(std::abs(area_sum / coloured - 0.5) < 0.03);
  for (int tenth = 1; tenth < 7; ++tenth) CHECK(std::abs(tenths[tenth] / double(coloured) - 0.115) < 0.025);

  Pipeline jittered = identity();
  jittered.get<ColorJitter>().p = 0.3;
  int changed = 0;
  for (int i = 0; i < n; ++i) {
    augment(map, 0, {}, jittered, Key(uint64_t(i)), view.data());
    changed += std::abs(view[2] - 100.0f / 255) > 1e-6f || std::abs(view[32 * 3 * 9] - 72.0f / 255) > 1e-6f;
  }
  CHECK(std::abs(changed / double(n) - 0.3) < 0.03);
}

TEST_CASE("unset options follow the facts of the data set") {
  InMemoryDataset set = noise(1);
  const auto same = [&](const std::vector<Setting>& settings) {
    for (uint64_t seed = 0; seed < 20; ++seed)
      if (view_of(set, 0, simclr(settings), Key(seed)) != view_of(set, 0, simclr_views(), Key(seed))) return false;
    return true;
  };
  CHECK(same({{"min_scale", "0.08"}, {"flip", "0.5"}}));
  CHECK(!same({{"flip", "0"}}));
  set.may_mirror = false, set.smallest_crop = 0.3;
  CHECK(same({{"min_scale", "0.3"}, {"flip", "0"}}));
  CHECK(!same({{"min_scale", "0.08"}}));
}

TEST_CASE("options that make no sense are refused by name") {
  const InMemoryDataset set = noise(1);
  const auto refused = [&](const auto& change, const char* text) {
    Pipeline views = simclr_views().add("blur", GaussianBlur{});
    change(views);
    const std::vector<int> index{0};
    CHECK_THROWS_WITH_AS(augment_batch(set, index, {}, views, Key(1)), text, Error);
  };
  refused([](Pipeline& v) { v.get<RandomResizedCrop>().min_scale = 0; },
          "views: min_scale must be above 0 and at most 1, got 0");
  refused([](Pipeline& v) { v.get<RandomResizedCrop>() = {.min_scale = 0.5, .max_scale = 0.4}; },
          "views: min_scale 0.5 is above max_scale 0.4");
  refused([](Pipeline& v) { v.get<RandomResizedCrop>().ratio = 2; },
          "views: ratio must be above 0 and at most 1, got 2");
  refused([](Pipeline& v) { v.get<RandomHorizontalFlip>().p = -1; }, "views: flip must be within 0 .. 1, got -1");
  refused([](Pipeline& v) { v.get<ColorJitter>().hue = 0.6; }, "views: hue must be within 0 .. 0.5, got 0.6");
  refused(
      [](Pipeline& v) { v.get<ColorJitter>() = {.strength = 2, .contrast = 0.6}; },
      "views: color_strength 2 makes the jitter too large: brightness, contrast and saturation times it may be at "
      "most 1, hue 0.5");
  refused([](Pipeline& v) { v.get<RandomGrayscale>().p = 1.5; }, "views: grey must be within 0 .. 1, got 1.5");
  refused([](Pipeline& v) { v.get<GaussianBlur>().min_sigma = 3; }, "views: min_sigma 3 is above max_sigma 2");
  const Pipeline one = simclr_views();
  const ViewOfBatch view{&one, Key(1), nullptr};
  CHECK_THROWS_WITH_AS(augment_batch(set, std::vector{0}, {}, Normalisation{}, {&view, 1}),
                       "augment_batch: 0 numbers for 1 indices", Error);
  const std::vector<int> outside{10};
  CHECK_THROWS_WITH_AS(augment_batch(set, outside, {}, simclr_views(), Key(1)),
                       "augment_batch: image 10 of noise (10 images)", Error);
}
