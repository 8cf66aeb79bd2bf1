#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/data/views/autocontrast.h"
#include "nce/data/views/blur.h"
#include "nce/data/views/colour.h"
#include "nce/data/views/equalize.h"
#include "nce/data/views/invert.h"
#include "nce/data/views/padded_crop.h"
#include "nce/data/views/posterize.h"
#include "nce/data/views/rand_augment.h"
#include "nce/data/views/sharpness.h"
#include "nce/data/views/solarize.h"
#include "nce/data/views/warp.h"
#include "support/golden.h"
#include "support/targets.h"

using namespace nce;
using namespace nce::data;
using namespace nce::test;
using nlohmann::json;

namespace {

// An image as bytes (H, W, C) and as planes of floats.
struct Golden {
  explicit Golden(const json& from)
      : bytes(from["bytes"].get<std::vector<uint8_t>>()), values(bytes.size()), channels(from["channels"]) {
    planes = {.data = values.data(), .height = from["height"], .width = from["width"], .channels = channels};
    for (size_t i = 0; i < bytes.size(); ++i)
      values[place(i % size_t(channels), i / size_t(channels))] = float(bytes[i]) / 255;
  }
  // The index in `values` of pixel i, counted row by row. Planes are stored by columns.
  size_t place(size_t channel, size_t i) const {
    const size_t width = size_t(planes.width), height = size_t(planes.height);
    return channel * width * height + i % width * height + i / width;
  }
  void resize(int height, int width) {
    values.resize(size_t(height * width * channels));
    planes = {.data = values.data(), .height = height, .width = width, .channels = channels};
  }
  std::vector<uint8_t> bytes;
  std::vector<float> values;
  int channels;
  Planes planes;
};

// Moves pixel (y, x) by (down, across) pixels times (x, y) + 1.
void move(const Planes& image, float down, float across) {
  std::vector<float> ys, xs;
  for (int x = 0; x < image.width; ++x)
    for (int y = 0; y < image.height; ++y)
      ys.push_back(float(y) + down * float(x + 1)), xs.push_back(float(x) + across * float(y + 1));
  sample(image, ys.data(), xs.data(), 0);
}

// One change of RandAugment: name, magnitude of 30, sign.
void rand_augment(Golden& from, const json& arguments) {
  const std::string name = arguments[0];
  const auto ops = rand_augment_ops();
  const auto op = std::find_if(ops.begin(), ops.end(), [&](const RandAugmentOp& o) { return o.name == name; });
  REQUIRE(op != ops.end());
  const float magnitude = arguments[1].get<float>() / 30, sign = op->either_way ? arguments[2].get<float>() : 1;
  InMemoryDataset set;
  set.height = from.planes.height, set.width = from.planes.width, set.channels = from.channels;
  set.images = from.bytes, set.labels = {0};
  LineMemory memory;
  Image image(set, 0, memory);
  op->apply(image, sign * magnitude, 0);
  const auto values = image.planes().values();
  std::copy(values.begin(), values.end(), from.values.begin());
}

void apply(const json& c, Golden& image) {
  const std::string name = c["name"];
  const auto argument = [&](size_t i) { return c["arguments"][i].get<float>(); };
  const auto whole = [&](size_t i) { return c["arguments"][i].get<int>(); };
  if (name == "adjust_brightness") return adjust_brightness(image.planes, argument(0));
  if (name == "adjust_contrast") return adjust_contrast(image.planes, argument(0));
  if (name == "adjust_saturation") return adjust_saturation(image.planes, argument(0));
  if (name == "adjust_hue") return adjust_hue(image.planes, argument(0));
  if (name == "rgb_to_grayscale") return rgb_to_grayscale(image.planes);
  if (name == "gaussian_blur") return gaussian_blur(image.planes, whole(0), argument(1));
  if (name == "vflip") return turn_over(image.planes);
  if (name == "invert") return invert(image.planes);
  if (name == "solarize") return solarize(image.planes, argument(0));
  if (name == "posterize") return posterize(image.planes, whole(0));
  if (name == "equalize") return equalize(image.planes);
  if (name == "autocontrast") return autocontrast(image.planes);
  if (name == "adjust_sharpness") return adjust_sharpness(image.planes, argument(0));
  if (name == "rotate") return warp(image.planes, {.degrees = -argument(0)}, 0);
  if (name == "affine")
    return warp(image.planes,
                {.degrees = argument(0),
                 .right = argument(1),
                 .down = argument(2),
                 .scale = argument(3),
                 .shear_x = argument(4),
                 .shear_y = argument(5)},
                argument(6));
  if (name == "elastic") return move(image.planes, argument(0), argument(1));
  if (name == "padded_crop")
    return shift(image.planes, whole(0), whole(1),
                 c["arguments"][2] == "reflect" ? Border::reflect : Border::constant);
  if (name == "rand_augment") return rand_augment(image, c["arguments"]);
  REQUIRE(name == "resized_crop");
  const int height = image.planes.height, width = image.planes.width;
  const bool sized = c["arguments"].size() > 4, linear = sized && c["arguments"][4] == "bilinear";
  if (sized) image.resize(whole(5), whole(6));
  resized_crop(image.bytes.data(), height, width,
               {.top = whole(0), .left = whole(1), .height = whole(2), .width = whole(3)}, image.planes,
               linear ? Interpolation::bilinear : Interpolation::bicubic);
}

}  // namespace

TEST_CASE("the elementary transforms are torchvision's, with every instruction set") {
  const json golden = golden_file("transforms.json");
  REQUIRE(golden["cases"].size() >= 130);
  with_every_target([&] {
    for (const json& c : golden["cases"]) {
      Golden image(golden["images"][c["image"].get<size_t>()]);
      apply(c, image);
      CAPTURE(c["name"].get<std::string>());
      CAPTURE(c["arguments"].dump());
      CAPTURE(image.channels);
      const auto expected = c["planes"].get<std::vector<float>>();
      REQUIRE(expected.size() == image.values.size());
      const size_t pixels = size_t(image.planes.pixels());
      float difference = 0;
      for (size_t i = 0; i < expected.size(); ++i)
        difference =
            std::max(difference, std::abs(image.values[image.place(i / pixels, i % pixels)] - expected[i]));
      CHECK(difference < (c["name"] == "rand_augment" ? 2e-5f : 2e-6f));
    }
  });
}

TEST_CASE("long rows of pixels go through the same arithmetic as short ones") {
  // 67 x 41 is large and no multiple of a vector. Each pixel must be as in an image of one pixel.
  with_every_target([] {
    std::vector<float> values(3 * 67 * 41);
    for (size_t i = 0; i < values.size(); ++i) values[i] = float(i * 7919 % 1009) / 1008;
    std::vector<float> before = values;
    const Planes image{.data = values.data(), .height = 67, .width = 41, .channels = 3};
    adjust_hue(image, 0.07f);
    adjust_saturation(image, 1.3f);
    const size_t n = 67 * 41;
    for (size_t i = 0; i < n; ++i) {
      float alone[] = {before[i], before[n + i], before[2 * n + i]};
      const Planes pixel{.data = alone, .height = 1, .width = 1, .channels = 3};
      adjust_hue(pixel, 0.07f);
      adjust_saturation(pixel, 1.3f);
      REQUIRE(values[i] == alone[0]);
      REQUIRE(values[n + i] == alone[1]);
      REQUIRE(values[2 * n + i] == alone[2]);
    }
  });
}

TEST_CASE("a crop or a blur that does not fit is refused") {
  std::vector<uint8_t> bytes(6 * 5);
  std::vector<float> values(6 * 5);
  const Planes out{.data = values.data(), .height = 6, .width = 5, .channels = 1};
  CHECK_THROWS_WITH_AS(resized_crop(bytes.data(), 6, 5, {.top = 3, .left = 0, .height = 4, .width = 5}, out),
                       "resized_crop: a box of 4 x 5 at (3, 0) is outside the image of 6 x 5", Error);
  CHECK_THROWS_WITH_AS(gaussian_blur(out, 11, 1), "gaussian_blur: 11 taps of sigma 1 do not fit an image of 6 x 5",
                       Error);
}
