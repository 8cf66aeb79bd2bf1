#include "nce/data/views/transforms.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/parallel.h"

using namespace nce;
using namespace nce::data;

namespace {

Dataset noise(int channels) {
  Dataset set{
      .name = "noise", .height = 9, .width = 8, .channels = channels, .classes = 2, .images = {}, .labels = {}};
  Random random{Key(3)};
  for (int i = 0; i < 10 * 9 * 8 * channels; ++i) set.images.push_back(uint8_t(random.below(256)));
  set.labels.assign(10, 1);
  return set;
}

const AugmentOptions kIdentity{.min_scale = 1, .max_scale = 1, .ratio = 1, .flip = 0, .jitter = 0, .grey = 0};

}  // namespace

TEST_CASE("pixel statistics normalise a data set to mean 0 and deviation 1") {
  const Dataset set = noise(3);
  const auto all = to_tensor(set, 0, set.size(), pixel_statistics(set)).to_vector<double>();
  double sum = 0, square = 0;
  for (double v : all) sum += v, square += v * v;
  CHECK(sum / double(all.size()) == doctest::Approx(0).epsilon(1e-5));
  CHECK(square / double(all.size()) == doctest::Approx(1).epsilon(1e-5));
  CHECK_THROWS_WITH_AS(to_tensor(set, 5, 11, {}), "to_tensor: images 5 .. 11 of noise (10 images)", Error);
}

TEST_CASE("a crop of the whole image without jitter is the image, and a flip mirrors it") {
  Dataset set = noise(1);
  set.height = set.width = 8;  // square, so that the whole image has ratio 1
  set.images.resize(10 * 64);
  const auto plain = to_tensor(set, 2, 3, {}).to_vector<float>();
  AugmentOptions mirrored = kIdentity;
  mirrored.flip = 1;
  const std::vector<int> index{2};
  const auto view = augment_batch(set, index, {}, kIdentity, Key(1)).to_vector<float>();
  const auto mirror = augment_batch(set, index, {}, mirrored, Key(1)).to_vector<float>();
  for (size_t y = 0; y < 8; ++y)
    for (size_t x = 0; x < 8; ++x) {
      REQUIRE(view[y * 8 + x] == doctest::Approx(plain[y * 8 + x]).epsilon(1e-4));
      REQUIRE(mirror[y * 8 + x] == doctest::Approx(plain[y * 8 + 7 - x]).epsilon(1e-4));
    }
}

TEST_CASE("views depend on the key and the image alone: not on the batch, not on the threads") {
  const Dataset set = noise(3);
  const std::vector<int> all{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, one{7};
  const int before = num_threads();
  set_num_threads(1);
  const auto views = augment_batch(set, all, {}, {}, Key(1)).to_vector<float>();
  for (int threads : {2, 4}) {
    set_num_threads(threads);
    CHECK(augment_batch(set, all, {}, {}, Key(1)).to_vector<float>() == views);
  }
  set_num_threads(before);
  const auto alone = augment_batch(set, one, {}, {}, Key(1)).to_vector<float>();
  CHECK(std::equal(alone.begin(), alone.end(), views.begin() + 7 * set.image_bytes()));
  CHECK(augment_batch(set, all, {}, {}, Key(2)).to_vector<float>() != views);
}

TEST_CASE("crops, flips, jitter and grey come as often and as large as the options say") {
  // The image is its own map: red is the row, green the column, so that a view tells which part it shows.
  Dataset map{.name = "map", .height = 32, .width = 32, .channels = 3, .classes = 1, .images = {}, .labels = {0}};
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x) map.images.insert(map.images.end(), {uint8_t(8 * y), uint8_t(8 * x), 100});
  const int n = 4000;
  AugmentOptions options{.jitter = 0, .grey = 0.2};
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
    // Between places 8 and 24 the view goes through half the crop.
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
  // Uniform in 0.08 .. 1, less the largest crops, of which some do not fit and are drawn again.
  CHECK(std::abs(area_sum / coloured - 0.5) < 0.03);
  for (int tenth = 1; tenth < 7; ++tenth) CHECK(std::abs(tenths[tenth] / double(coloured) - 0.115) < 0.025);

  AugmentOptions jittered{.min_scale = 1, .ratio = 1, .flip = 0, .jitter = 0.3, .grey = 0};
  int changed = 0;
  for (int i = 0; i < n; ++i) {
    augment(map, 0, {}, jittered, Key(uint64_t(i)), view.data());
    changed += std::abs(view[2] - 100.0f / 255) > 1e-6f || std::abs(view[32 * 3 * 9] - 72.0f / 255) > 1e-6f;
  }
  CHECK(std::abs(changed / double(n) - 0.3) < 0.03);
}

TEST_CASE("a normalisation is applied to each channel, to images and views alike") {
  const Dataset set = noise(3);
  const Normalisation scale{.mean = {0.1f, 0.2f, 0.3f}, .std = {1, 2, 4}};
  const std::vector<int> index{4};
  AugmentOptions all = kIdentity;
  all.blur = 1, all.min_sigma = all.max_sigma = 0.8;
  const auto plain = augment_batch(set, index, {}, all, Key(1)).to_vector<float>();
  const auto scaled = augment_batch(set, index, scale, all, Key(1)).to_vector<float>();
  const auto sharp = augment_batch(set, index, scale, kIdentity, Key(1)).to_vector<float>();
  CHECK(scaled != sharp);
  for (size_t i = 0; i < plain.size(); ++i)
    REQUIRE(scaled[i] == doctest::Approx((plain[i] - scale.mean[i % 3]) / scale.std[i % 3]).epsilon(1e-5));
  CHECK(to_tensor(set, 0, 1, scale).to_vector<float>()[2] == doctest::Approx((set.images[2] / 255.0 - 0.3) / 4));
}

TEST_CASE("options suit the data set, and those outside their range are refused") {
  Dataset set = noise(1);
  CHECK(simclr_options(set).flip == 0.5);
  CHECK(simclr_options(set).min_scale == 0.08);
  set.may_mirror = false, set.smallest_crop = 0.3;
  CHECK(simclr_options(set).flip == 0);
  CHECK(simclr_options(set).min_scale == 0.3);
  const auto refused = [&](AugmentOptions options, const char* text) {
    const std::vector<int> index{0};
    CHECK_THROWS_WITH_AS(augment_batch(set, index, {}, options, Key(1)), text, Error);
  };
  refused({.min_scale = 0},
          "augment: scales 0 .. 1 must lie in 0 .. 1, the first above 0 and not above the second");
  refused({.ratio = 2}, "augment: ratio 2 must be above 0 and at most 1");
  refused({.hue = 0.6}, "augment: hue 0.6 is outside 0 .. 0.5");
  refused({.min_sigma = 3}, "augment: sigmas 3 .. 2 must be above 0, the first not above the second");
  const std::vector<int> outside{10};
  CHECK_THROWS_WITH_AS(augment_batch(set, outside, {}, {}, Key(1)), "augment_batch: image 10 of noise (10 images)",
                       Error);
}
