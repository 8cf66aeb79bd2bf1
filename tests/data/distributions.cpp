// The random numbers of transforms: each parameter as often and as large as torchvision documents it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <vector>

#include "nce/data/views/affine.h"
#include "nce/data/views/blur.h"
#include "nce/data/views/catalogue.h"
#include "nce/data/views/colour.h"
#include "nce/data/views/elastic.h"
#include "nce/data/views/erasing.h"
#include "nce/data/views/padded_crop.h"
#include "nce/data/views/rand_augment.h"
#include "nce/data/views/rotation.h"

using namespace nce;
using namespace nce::data;

namespace {

constexpr int kSide = 32, kViews = 1500;

// One image of 32 x 32 x 3: value(y, x, c) as bytes.
template <class F>
InMemoryDataset drawn(F value) {
  InMemoryDataset set(
      {.name = "drawn", .height = kSide, .width = kSide, .channels = 3, .classes = 1, .labels = {0}});
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      for (int c = 0; c < 3; ++c) set.images.push_back(uint8_t(value(y, x, c)));
  return set;
}
// Red is the row and green the column: a pixel tells where it is from.
InMemoryDataset map() {
  return drawn([](int y, int x, int c) { return 8 * (c == 0 ? y : c == 1 ? x : 0); });
}

struct View {
  float at(int y, int x, int c = 0) const { return pixels[size_t((y * kSide + x) * 3 + c)]; }
  // Where a pixel is from, on the map.
  double row(int y, int x) const { return double(at(y, x, 0)) * 255 / 8; }
  double column(int y, int x) const { return double(at(y, x, 1)) * 255 / 8; }
  std::vector<float> pixels = std::vector<float>(kSide * kSide * 3);
};

// Calls body(view) for many views of the image.
template <class T, class Body>
void for_views(const InMemoryDataset& set, const T& transform, Body body) {
  const Pipeline list = Pipeline().add("it", transform);
  View view;
  for (int i = 0; i < kViews; ++i) augment(set, 0, {}, list, Key(uint64_t(i)), view.pixels.data()), body(view);
}

// Kolmogorov's distance of values from the uniform distribution, times the root of their number: below 1.95 with
// probability 0.999. `off` is what rounding may move a value by, as a share of the range.
void check_uniform(std::vector<double> values, double low, double high, double off = 0) {
  std::sort(values.begin(), values.end());
  double most = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double expected = (values[i] - low) / (high - low), n = double(values.size());
    REQUIRE(expected > -off - 1e-3);
    REQUIRE(expected < 1 + off + 1e-3);
    most = std::max({most, expected - double(i) / n, double(i + 1) / n - expected});
  }
  CHECK((most - off) * std::sqrt(double(values.size())) < 1.95);
  CHECK(values.size() > kViews * 9 / 10);
}

double degrees(double radians) { return radians * 180 / std::numbers::pi; }

}  // namespace

TEST_CASE("turns, scales, shears and moves are uniform within their options") {
  const InMemoryDataset set = map();
  std::vector<double> angles, scales, across;
  for_views(set, RandomRotation{.degrees = 25}, [&](const View& view) {
    angles.push_back(
        degrees(std::atan2(view.row(16, 20) - view.row(16, 12), view.column(16, 20) - view.column(16, 12))));
  });
  check_uniform(angles, -25, 25);
  angles.clear();
  std::map<int, int> moves;
  for_views(set, RandomAffine{.degrees = 20, .translate = 0.1, .min_scale = 0.8, .max_scale = 1.3},
            [&](const View& view) {
              const double a = (view.column(16, 20) - view.column(16, 12)) / 8,
                           b = (view.row(16, 20) - view.row(16, 12)) / 8;
              const double c = (view.column(20, 16) - view.column(12, 16)) / 8,
                           d = (view.row(20, 16) - view.row(12, 16)) / 8;
              angles.push_back(degrees(std::atan2(-b, a)));
              scales.push_back(1 / std::sqrt(a * d - b * c));
              // The middle, 15.5, is from where the inverse of the matrix leads by minus the move.
              const double right = 15.5 - (view.column(15, 15) + (a + c) / 2),
                           down = 15.5 - (view.row(15, 15) + (b + d) / 2);
              const double move = (right * d - down * c) / (a * d - b * c);
              CHECK(std::abs(move - std::round(move)) < 0.05);
              ++moves[int(std::round(move))];
            });
  check_uniform(angles, -20, 20);
  check_uniform(scales, 0.8, 1.3);
  CHECK(moves.size() == 7);  // -3.2 .. 3.2, rounded
  for (const auto& [move, count] : moves)
    CHECK(std::abs(count / double(kViews) - (std::abs(move) == 3 ? 0.109 : 0.156)) < 0.035);
  for_views(
      set, RandomAffine{.degrees = 0, .translate = 0, .min_scale = 1, .max_scale = 1, .shear = 30},
      [&](const View& view) { across.push_back(degrees(std::atan((view.row(16, 20) - view.row(16, 12)) / 8))); });
  check_uniform(across, -30, 30);
}

TEST_CASE("erased boxes have uniform areas, log-uniform ratios and uniform places") {
  const InMemoryDataset set = drawn([](int, int, int) { return 200; });
  std::vector<double> areas, ratios, places;
  for_views(set, RandomErasing{.p = 1, .min_area = 0.1, .max_area = 0.2, .ratio = 0.5}, [&](const View& view) {
    int top = kSide, bottom = -1, left = kSide, right = -1;
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x)
        if (view.at(y, x) == 0)
          top = std::min(top, y), bottom = std::max(bottom, y), left = std::min(left, x),
          right = std::max(right, x);
    const int height = bottom - top + 1, width = right - left + 1;
    areas.push_back(double(height) * width / (kSide * kSide));
    ratios.push_back(std::log(double(height) / width));
    places.push_back((top + 0.5) / (kSide - height + 1));
  });
  check_uniform(areas, 0.1, 0.2, 0.12);
  check_uniform(ratios, -std::log(2), std::log(2), 0.06);
  check_uniform(places, 0, 1, 0.03);
}

TEST_CASE("a padded crop moves the image by each number of pixels as often") {
  const InMemoryDataset set = drawn([](int y, int x, int) { return y == 16 && x == 16 ? 255 : 0; });
  std::map<int, int> down, across;
  for_views(set, RandomPaddedCrop{.padding = 4}, [&](const View& view) {
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x)
        if (view.at(y, x) == 1) ++down[y - 16], ++across[x - 16];
  });
  for (const auto& moves : {down, across}) {
    CHECK(moves.size() == 9);
    for (const auto& [move, count] : moves) CHECK(std::abs(count / double(kViews) - 1 / 9.0) < 0.03);
  }
}

TEST_CASE("factors of the jitter and sigmas of the blur are uniform") {
  std::vector<double> factors, sigmas;
  for_views(drawn([](int, int, int) { return 100; }), ColorJitter{.p = 1, .contrast = 0, .saturation = 0, .hue = 0},
            [&](const View& view) { factors.push_back(double(view.at(3, 3)) * 255 / 100); });
  check_uniform(factors, 0.6, 1.4);
  for_views(drawn([](int y, int x, int) { return y == 16 && x == 16 ? 255 : 0; }),
            GaussianBlur{.p = 1, .min_sigma = 0.5}, [&](const View& view) {
              sigmas.push_back(std::sqrt(-0.5 / std::log(double(view.at(16, 17)) / double(view.at(16, 16)))));
            });
  check_uniform(sigmas, 0.5, 2);
}

TEST_CASE("an elastic warp moves pixels as far as the variance of smoothed noise says") {
  double sum = 0, square = 0;
  int64_t count = 0;
  const ElasticTransform warp{.p = 1, .alpha = 34, .sigma = 4};
  for_views(map(), warp, [&](const View& view) {
    const double move = view.row(16, 16) - 16;
    sum += move, square += move * move, ++count;
  });
  // Uniform noise in -1 .. 1 has variance 1/3. A Gaussian in two dimensions has a sum of squares of 1 / (4 pi sigma^2).
  const double expected = warp.alpha * std::sqrt(1 / (12 * std::numbers::pi * warp.sigma * warp.sigma));
  CHECK(std::sqrt(square / double(count)) == doctest::Approx(expected).epsilon(0.07));
  CHECK(std::abs(sum / double(count)) < 0.1);
}

TEST_CASE("RandAugment draws each change as often, and signs too") {
  std::map<int, int> shown;
  for_views(drawn([](int, int, int) { return 100; }),
            RandAugment{.ops = 1, .magnitude = 30, .from = "identity,brightness"},
            [&](const View& view) { ++shown[int(std::lround(view.at(0, 0) * 255))]; });
  CHECK(shown.size() == 3);
  CHECK(std::abs(shown[100] / double(kViews) - 0.5) < 0.05);
  CHECK(std::abs(shown[190] / double(kViews) - 0.25) < 0.04);
  CHECK(std::abs(shown[10] / double(kViews) - 0.25) < 0.04);
  // Of all 14, the identity and its like leave an image of one value as it is.
  int changed = 0;
  for_views(drawn([](int, int, int) { return 101; }), RandAugment{.ops = 1, .magnitude = 9}, [&](const View& view) {
    changed += std::any_of(view.pixels.begin(), view.pixels.end(),
                           [](float x) { return std::abs(x - 101 / 255.f) > 1e-4; });
  });
  CHECK(std::abs(changed / double(kViews) - 7 / 14.0) < 0.05);  // shears, moves, turns, brightness, posterize
}

TEST_CASE("what has a probability happens as often as it says") {
  Random random{Key(4)};
  const InMemoryDataset set = drawn([&](int, int, int) { return 20 + random.below(200); });
  View view;
  for (const KnownTransform& row : known_transforms()) {
    Pipeline list = make_pipeline({row.name});
    const auto options = list_options(list);
    if (options.empty() || options[0].name != row.name || row.name == "noise")
      continue;  // another test's: an amount
    CAPTURE(row.name);
    set_options(list, {{row.name, "0.3"}});
    int changed = 0;
    for (int i = 0; i < 500; ++i) {
      augment(set, 0, {}, list, Key(uint64_t(i)), view.pixels.data());
      bool same = true;
      for (size_t k = 0; same && k < view.pixels.size(); ++k)
        same = std::abs(view.pixels[k] - float(set.images[k]) / 255) < 1e-5f;
      changed += !same;
    }
    CHECK(std::abs(changed / 500.0 - 0.3) < 0.08);
  }
}
