#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nce/core/random.h"
#include "nce/data/dataset.h"
#include "nce/data/views/planes.h"
#include "support/targets.h"

using namespace nce;
using namespace nce::data;
using namespace nce::test;

namespace {

struct Size {
  int height, width, channels;
};
// Sizes near the length of a vector, of a transposed block and of a cache line.
constexpr Size kSizes[] = {{1, 1, 1},   {1, 1, 3},   {3, 2, 1},   {5, 3, 2},   {4, 9, 3},  {9, 8, 3},
                           {17, 33, 3}, {28, 28, 1}, {32, 32, 3}, {33, 16, 4}, {40, 47, 3}};

InMemoryDataset noise(const Size& size) {
  InMemoryDataset set({.name = "noise",
                       .height = size.height,
                       .width = size.width,
                       .channels = size.channels,
                       .classes = 1,
                       .labels = {0}},
                      std::vector<uint8_t>(size_t(size.height * size.width * size.channels)));
  Random random{Key(5)};
  for (uint8_t& byte : set.images) byte = uint8_t(random.bits());
  return set;
}

// Row i of the (to, from) matrix that enlarges: Keys' kernel with a = -0.5, taps outside left out.
std::vector<double> row(int from, int to, int i) {
  std::vector<double> weights(static_cast<size_t>(from));
  const double centre = (i + 0.5) * from / to;
  double sum = 0;
  for (int k = 0; k < from; ++k) {
    const double x = std::abs(k + 0.5 - centre);
    const double near = 1.5 * x * x * x - 2.5 * x * x + 1, far = -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2;
    sum += weights[size_t(k)] = x < 1 ? near : x < 2 ? far : 0;
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

double enlarged(const InMemoryDataset& set, const Box& box, int y, int x, int c) {
  const auto down = row(box.height, set.height, y), across = row(box.width, set.width, x);
  double sum = 0;
  for (int i = 0; i < box.height; ++i)
    for (int j = 0; j < box.width; ++j)
      sum += down[size_t(i)] * across[size_t(j)] *
             set.images[size_t(((box.top + i) * set.width + box.left + j) * set.channels + c)] / 255;
  return std::clamp(sum, 0., 1.);
}

}  // namespace

TEST_CASE("crops of any size are the bicubic sums in double, with every instruction set") {
  with_every_target([] {
    for (const Size& size : kSizes) {
      CAPTURE(size.height);
      CAPTURE(size.width);
      CAPTURE(size.channels);
      const InMemoryDataset set = noise(size);
      Random random{Key(7)};
      for (int attempt = 0; attempt < 4; ++attempt) {
        Box box{.height = 1 + int(random.below(uint32_t(size.height))),
                .width = 1 + int(random.below(uint32_t(size.width)))};
        if (attempt == 0) box.height = size.height, box.width = size.width;
        box.top = int(random.below(uint32_t(size.height - box.height + 1)));
        box.left = int(random.below(uint32_t(size.width - box.width + 1)));
        // NaNs on both sides show any access outside.
        std::vector<float> values(size_t(set.image_bytes()) + 64, std::nanf(""));
        const Planes out{
            .data = values.data() + 32, .height = size.height, .width = size.width, .channels = size.channels};
        resized_crop(set.images.data(), size.height, size.width, box, out);
        double worst = 0;
        for (int c = 0; c < size.channels; ++c)
          for (int x = 0; x < size.width; ++x)
            for (int y = 0; y < size.height; ++y)
              worst = std::max(worst,
                               std::abs(double(out.plane(c)[x * size.height + y]) - enlarged(set, box, y, x, c)));
        CHECK(worst < 4e-6);  // the rounding of coordinates near 40
        for (size_t i = 0; i < 32; ++i)
          REQUIRE((std::isnan(values[i]) && std::isnan(values[values.size() - 1 - i])));
      }
    }
  });
}

TEST_CASE("planes come out as pixels, mirrored or not, scaled and shifted, with every instruction set") {
  with_every_target([] {
    for (const Size& size : kSizes) {
      CAPTURE(size.height);
      CAPTURE(size.width);
      CAPTURE(size.channels);
      const int64_t n = int64_t(size.height) * size.width * size.channels;
      std::vector<float> values(static_cast<size_t>(n));
      for (size_t i = 0; i < values.size(); ++i) values[i] = float(i) / 4;
      const Planes image{
          .data = values.data(), .height = size.height, .width = size.width, .channels = size.channels};
      const float scale[] = {2, 4, 8, 16}, shift[] = {0.5f, 0, -1, 3};
      const auto first = [&](const float* of) { return std::span(of, size_t(size.channels)); };
      for (const bool mirrored : {false, true}) {
        std::vector<float> out(size_t(n) + 64, std::nanf(""));
        to_pixels(image, mirrored, first(scale), first(shift), out.data() + 32);
        for (int y = 0; y < size.height; ++y)
          for (int x = 0; x < size.width; ++x)
            for (int c = 0; c < size.channels; ++c)
              REQUIRE(out[size_t(32 + (y * size.width + x) * size.channels + c)] ==
                      scale[c] * image.plane(c)[(mirrored ? size.width - 1 - x : x) * size.height + y] + shift[c]);
        for (size_t i = 0; i < 32; ++i) REQUIRE((std::isnan(out[i]) && std::isnan(out[out.size() - 1 - i])));
      }
    }
  });
}
