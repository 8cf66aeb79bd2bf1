#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "nce/core/error.h"
#include "nce/data/images/decode.h"
#include "nce/data/images/resize.h"
#include "support/golden.h"

using namespace nce;
using namespace nce::data;
using nlohmann::json;

namespace {

const json& golden() {
  static const json all = nce::test::golden_file("pictures.json");
  return all;
}

std::string bytes_of(const json& hex) {
  const auto text = hex.get<std::string>();
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) bytes += char(std::stoi(text.substr(i, 2), nullptr, 16));
  return bytes;
}

// The largest difference; 256 where the sizes differ.
int difference(const Picture& picture, const json& shape, const std::vector<int>& pixels) {
  if (json{picture.height, picture.width, picture.channels} != shape || picture.pixels.size() != pixels.size())
    return 256;
  int worst = 0;
  for (size_t i = 0; i < pixels.size(); ++i) worst = std::max(worst, std::abs(picture.pixels[i] - pixels[i]));
  return worst;
}

}  // namespace

TEST_CASE("pictures are decoded as Pillow does it: each format, grey and colour, 16 bits, alpha, orientation") {
  std::vector<uint8_t> room;
  for (const json& c : golden()["files"]) {
    CAPTURE(c["name"].get<std::string>());
    const std::string file = bytes_of(c["file"]);
    const int channels = c["shape"][2];
    const Picture picture = decode(file, {}, room);
    CHECK(difference(picture, c["shape"], c["pixels"]) <= c["tolerance"].get<int>());
    CHECK(is_colour(file) == (channels == 3));
    CHECK(decode(file, {.channels = 3}, room).channels == 3);  // grey as colour
    CHECK(decode(file, {.channels = 1}, room).channels == channels);
    CHECK_THROWS_AS(decode(file, {.most_pixels = 11}, room), Error);
  }
  CHECK(golden()["files"].size() >= 20);
}

TEST_CASE("grey becomes colour by three equal channels, and alpha can be left out") {
  std::vector<uint8_t> room;
  const std::string grey("P5 2 1 255\n\x05\xf0", 13);
  const Picture picture = decode(grey, {.channels = 3}, room);
  CHECK(std::vector<int>(picture.pixels.begin(), picture.pixels.end()) == std::vector<int>{5, 5, 5, 240, 240, 240});
  for (const json& c : golden()["files"])
    if (c["name"] == "PNG LA") {
      const Picture seen = decode(bytes_of(c["file"]), {.alpha = Alpha::ignore}, room);
      CHECK(difference(seen, c["shape"], c["pixels"]) > 0);
    }
}

TEST_CASE("what is no picture, or a damaged or huge one, is refused by a reason") {
  std::vector<uint8_t> room;
  for (const json& c : golden()["refused"])
    CHECK_THROWS_WITH_AS(decode(bytes_of(c["file"]), {}, room), c["text"].get<std::string>().c_str(), Error);
  CHECK_THROWS_WITH_AS(decode("P6 2 x 255\n", {}, room),
                       "damaged: its header at byte 5 has no number in 1 .. 1048576", Error);
}

TEST_CASE("no prefix of a file and no changed byte does harm") {
  std::vector<uint8_t> room;
  for (const json& c : golden()["files"]) {
    const std::string file = bytes_of(c["file"]);
    for (size_t size = 0; size < file.size(); size += 7) {
      std::string changed = file;
      changed[size] = char(changed[size] ^ 0x15);
      for (const std::string& some : {file.substr(0, size), changed}) try {
          const Picture picture = decode(some, {}, room);
          REQUIRE(int64_t(picture.pixels.size()) == int64_t(picture.height) * picture.width * picture.channels);
        } catch (const Error&) {}
    }
  }
}

TEST_CASE("pictures shrink and grow as Pillow's do, within one step") {
  std::vector<uint8_t> room;
  for (const json& c : golden()["resizes"]) {
    const auto pixels = c["pixels"].get<std::vector<uint8_t>>();
    const Picture picture{c["shape"][0], c["shape"][1], c["shape"][2], pixels};
    const int height = c["size"][0], width = c["size"][1];
    CAPTURE(height);
    CAPTURE(width);
    const ResizeMode mode = c["mode"] == "crop" ? ResizeMode::crop : ResizeMode::squash;
    CHECK(difference(fit(picture, mode, height, width, room), {height, width, picture.channels}, c["expected"]) <=
          1);
  }
}

TEST_CASE("a padded picture keeps its shape between black bars") {
  const std::vector<uint8_t> pixels(2 * 4, 200);
  std::vector<uint8_t> room;
  const Picture padded = fit({2, 4, 1, pixels}, ResizeMode::pad, 4, 4, room);
  const std::vector<int> expected{0, 0, 0, 0, 200, 200, 200, 200, 200, 200, 200, 200, 0, 0, 0, 0};
  CHECK(std::vector<int>(padded.pixels.begin(), padded.pixels.end()) == expected);
  const Picture flat = fit({1, 50, 1, std::vector<uint8_t>(50, 9)}, ResizeMode::pad, 3, 3, room);
  CHECK(flat.pixels[4] == 9);
  CHECK(flat.pixels[0] == 0);
}
