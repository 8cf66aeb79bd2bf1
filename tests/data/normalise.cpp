#include "nce/data/normalise.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "nce/core/error.h"
#include "nce/data/views/blur.h"
#include "nce/data/views/catalogue.h"
#include "nce/data/views/colour.h"
#include "support/noise.h"

using namespace nce;
using namespace nce::data;
using nce::test::noise;

TEST_CASE("pixel statistics normalise a data set to mean 0 and deviation 1") {
  const InMemoryDataset set = noise(3);
  const auto all = to_tensor(set, 0, set.size(), pixel_statistics(set)).to_vector<double>();
  double sum = 0, square = 0;
  for (double v : all) sum += v, square += v * v;
  CHECK(sum / double(all.size()) == doctest::Approx(0).epsilon(1e-5));
  CHECK(square / double(all.size()) == doctest::Approx(1).epsilon(1e-5));
  CHECK_THROWS_WITH_AS(to_tensor(set, 5, 11, {}), "to_tensor: images 5 .. 11 of noise (10 images)", Error);
}

TEST_CASE("a channel that is constant, or nearly, is not blown up") {
  InMemoryDataset set = noise(3);
  for (size_t i = 2; i < set.images.size(); i += 3) set.images[i] = 40;
  CHECK(pixel_statistics(set).std[2] == 1);
  CHECK(pixel_statistics(set).mean[2] == doctest::Approx(40 / 255.0));
  set.images[2] = 48;  // one pixel of the whole set
  CHECK(pixel_statistics(set).std[2] == 1);
  std::vector<int> index(10);
  std::iota(index.begin(), index.end(), 0);
  Pipeline views = simclr_views();
  views.get<ColorJitter>().p = 1;
  for (const float value : augment_batch(set, index, pixel_statistics(set), views, Key(1)).to_vector<float>())
    REQUIRE(std::abs(value) < 5);
  std::fill(set.images.begin(), set.images.end(), uint8_t{7});
  CHECK(pixel_statistics(set).std == std::vector<float>{1, 1, 1});
  for (size_t i = 0; i < set.images.size(); ++i)
    set.images[i] = uint8_t(40 + 4 * (i / 3 % 2));  // two bytes' steps: kept
  CHECK(pixel_statistics(set).std[0] == doctest::Approx(2 / 255.0));
}

TEST_CASE("images are embedded by number, in the order asked for") {
  const InMemoryDataset set = noise(3);
  const std::vector<int> numbers{7, 0, 7};
  const auto got = to_tensor(set, numbers, pixel_statistics(set)).to_vector<float>();
  std::vector<float> expected;
  for (const int number : numbers) {
    const auto one = to_tensor(set, number, number + 1, pixel_statistics(set)).to_vector<float>();
    expected.insert(expected.end(), one.begin(), one.end());
  }
  CHECK(got == expected);
  CHECK_THROWS_WITH_AS(to_tensor(set, std::vector<int>{0, 10}, {}), "to_tensor: image 10 of noise (10 images)",
                       Error);
}

TEST_CASE("a normalisation is applied to each channel, to images and views alike") {
  const InMemoryDataset set = noise(3);
  const Normalisation scale{.mean = {0.1f, 0.2f, 0.3f}, .std = {1, 2, 4}};
  const std::vector<int> index{4};
  const Pipeline none, all = Pipeline().add("blur", GaussianBlur{.p = 1, .min_sigma = 0.8, .max_sigma = 0.8});
  const auto plain = augment_batch(set, index, {}, all, Key(1)).to_vector<float>();
  const auto scaled = augment_batch(set, index, scale, all, Key(1)).to_vector<float>();
  const auto sharp = augment_batch(set, index, scale, none, Key(1)).to_vector<float>();
  CHECK(scaled != sharp);
  for (size_t i = 0; i < plain.size(); ++i)
    REQUIRE(scaled[i] == doctest::Approx((plain[i] - scale.mean[i % 3]) / scale.std[i % 3]).epsilon(1e-5));
  CHECK(to_tensor(set, 0, 1, scale).to_vector<float>()[2] == doctest::Approx((set.images[2] / 255.0 - 0.3) / 4));
}
