#include "config.h"

#include <doctest/doctest.h>

#include "sections.h"
#include "support/files.h"
#include "usage.h"

using namespace nce;
using namespace nce::cli;
using namespace nce::test;

namespace {

struct Square {
  double side = 1;
  void fields(Options& o) { o.number("side", side, "length of a side", {.above = 0}); }
};
struct Disc {
  double radius = 2, side = 3;
  std::optional<double> hole;
  void fields(Options& o) {
    o.number("radius", radius, "from the centre", {.above = 0});
    o.number("side", side, "of the square around it", {.above = 0});
    o.number("hole", hole, "radius of the hole [none]", {.above = 0});
  }
};

std::vector<Section> shapes() {
  return {{.table = "shape",
           .help = "what to draw",
           .rows = {row_of<Square>("square"), row_of<Disc>("disc")},
           .chosen = "disc"}};
}

std::string refusal(const std::vector<Given>& given) {
  try {
    resolve(shapes(), given);
  } catch (const UsageError& error) { return error.what(); }
  return "";
}

}  // namespace

TEST_CASE("any text in a configuration is read as it was written") {
  TemporaryFolder folder;
  for (const std::string& text :
       {std::string("plain"), std::string("a \"b\" c"), std::string("a # b"), std::string("a\nb\tc\r"),
        std::string("back\\slash\\"), std::string("[x] = 'y'"), std::string("\u00fc\u4e2d\U0001f600"),
        std::string("\x01\x7f"), std::string(" true ")}) {
    CAPTURE(text);
    Config config;
    config.tables = {{"data",
                      {{.name = "name", .help = "", .is_text = true, .value = "n"},
                       {.name = "root", .help = "", .is_text = true, .value = text},
                       {.name = "size", .help = "", .value = "1e-08"}}}};
    const std::vector<Given> read = read_toml(folder.write("config.toml", to_toml(config)));
    REQUIRE(read.size() == 3);
    CHECK((read[0].key == "name" && read[0].value == "n"));
    CHECK((read[1].table == "data" && read[1].key == "root" && read[1].value == text));
    CHECK(read[2].value == "1e-08");
  }
}

TEST_CASE("a file that begins with the mark of UTF-8, as some editors write it, is read") {
  TemporaryFolder folder;
  const std::vector<Given> read = read_toml(folder.write("config.toml", "\xef\xbb\xbf[shape]\r\nside = 2\r\n"));
  REQUIRE(read.size() == 1);
  CHECK((read[0].table == "shape" && read[0].key == "side" && read[0].value == "2"));
}

TEST_CASE("a letter with an accent outside of quotes is refused by its line") {
  TemporaryFolder folder;
  const std::string file = folder.write("config.toml", "[shape]\nside = 2\u00e9\n");
  const std::string text = file + ": line 2: Error while parsing decimal integer: expected digit, saw '\u00e9'";
  CHECK_THROWS_WITH_AS(read_toml(file), text.c_str(), UsageError);
}

TEST_CASE("a configuration holds the chosen thing's options, with every value") {
  const Config config = resolve(shapes(), {{"shape", "side", "0.1", "--side"}});
  CHECK(to_toml(config) ==
        "[shape]\nname = \"disc\"\nradius = 2\nside = 0.1\n# hole is not set: radius of the hole [none]\n");
  CHECK(config.settings("shape").size() == 2);
  CHECK(describe(shapes(), config, "shape") == "disc (side 0.1)");
  CHECK(describe(shapes(), config, "shape", "radius") == "disc 2 (side 0.1)");
}

TEST_CASE("a later name drops what was said of another thing, and later values win") {
  const std::vector<Given> file{
      {"shape", "name", "disc", "f"}, {"shape", "radius", "5", "f"}, {"shape", "side", "7", "f"}};
  const auto after = [&](std::vector<Given> more) {
    more.insert(more.begin(), file.begin(), file.end());
    return to_toml(resolve(shapes(), more));
  };
  CHECK(after({{"shape", "name", "square", "--shape"}}) == "[shape]\nname = \"square\"\nside = 1\n");
  CHECK(after({{"shape", "name", "disc", "--shape"}, {"shape", "side", "8", "--side"}})
            .starts_with("[shape]\nname = \"disc\"\nradius = 5\nside = 8\n"));
}

TEST_CASE("what cannot be is refused by where it was said") {
  CHECK(refusal({{"shape", "name", "cube", "--shape"}}) ==
        "--shape: there is no shape 'cube' here; there are square, disc");
  CHECK(refusal({{"shape", "name", "square", "--shape"}, {"shape", "radius", "1", "--radius"}}) ==
        "--radius is an option of disc, not of square: add --shape disc or leave it out");
  CHECK(refusal({{"shape", "radius", "0", "--radius"}}) == "--radius: must be above 0, got 0");
  CHECK(refusal({{"shape", "radius", "", "c.toml: [shape] radius"}}) ==
        "c.toml: [shape] radius: its value is empty; give one or leave it out");
  CHECK(refusal({{"shape", "height", "1", "c.toml: [shape] height"}}) ==
        "c.toml: [shape] height: unknown key; `nce COMMAND --help` lists the options");
  CHECK(refusal({{"form", "radius", "1", "c.toml: [form] radius"}}) ==
        "c.toml: [form] radius: unknown table [form]; there is only shape");
}
