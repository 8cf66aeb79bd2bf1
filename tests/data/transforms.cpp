#include "nce/data/transforms.h"

#include <doctest/doctest.h>

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
