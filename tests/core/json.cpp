#include "nce/core/files/json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nce/core/error.h"
#include "support/files.h"

using namespace nce;
using nlohmann::json;

namespace {

template <class F>
std::string refusal(F run) {
  try {
    run();
  } catch (const Error& error) { return error.what(); }
  return "taken";
}

}  // namespace

TEST_CASE("JSON is read strictly, and what is wrong names the place") {
  const auto parsed = [](const std::string& text) { return refusal([&] { parse_json(text, "a.json"); }); };
  CHECK(parsed(R"({"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]})") == "taken");
  CHECK(parsed(R"({"a": 1, "b": {"c": 2, "c": 3}})") == "a.json: two members are called \"c\"");
  CHECK(parsed(R"({"a": 1, "\u0061": 2})") == "a.json: two members are called \"a\"");
  CHECK(parsed("{\"a\":\n oops}").starts_with("a.json: not JSON: at line 2, column 2: syntax error"));
  CHECK(parsed("").starts_with("a.json: not JSON: at line 1, column 1: syntax error"));
  CHECK(parsed("{} {}").starts_with("a.json: not JSON: at line 1, column 4: syntax error"));
  CHECK(parsed("[1e400]") == "a.json: not JSON: number overflow parsing '1e400'");
  CHECK(parsed("\"\xff\"").starts_with("a.json: not JSON: at line 1, column 2: syntax error"));
  CHECK(parsed("[NaN]").starts_with("a.json: not JSON: at line 1, column 2: syntax error"));
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(parsed(nested(100)) == "taken");
  for (const std::string& deep : {nested(101), nested(1'000'000), std::string(1'000'000, '[')})
    CHECK(parsed(deep) == "a.json: lists and objects lie within each other more than 100 deep");

  const test::TemporaryFolder folder;
  CHECK(refusal([&] { read_json(folder / "none"); }) ==
        (folder / "none").string() + ": cannot be opened: No such file or directory");
  CHECK(refusal([&] { read_json(folder.path()); }) == folder.path().string() + ": is a folder, not a file");
  folder.write("a", "[1, 2.5]");
  CHECK(read_json(folder / "a") == json{1, 2.5});
}

TEST_CASE("a whole number of JSON is taken within its range, and nothing else is taken for one") {
  const auto read = [](const std::string& text, int64_t least, int64_t most) {
    return refusal([&] {
      const json value = parse_json(text, "a");
      const int64_t number = whole_number(value, "a: step", least, most);
      CHECK(std::to_string(number) == text);
    });
  };
  constexpr int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
  for (const char* text : {"0", "-1", "7", "9223372036854775807", "-9223372036854775808"})
    CHECK(read(text, low, high) == "taken");
  CHECK(read("9", 0, 9) == "taken");
  CHECK(read("10", 0, 9) == "a: step: 10 is not a whole number within 0 .. 9");
  CHECK(read("-1", 0, 9) == "a: step: -1 is not a whole number within 0 .. 9");
  for (const char* text :
       {"9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809", "1e20",
        "-1e20", "1.5", "2.0", "\"3\"", "null", "true", "[]", "{}"}) {
    CAPTURE(text);
    const std::string shown = parse_json(text, "").dump();
    CHECK(read(text, low, high) ==
          "a: step: " + shown + " is not a whole number within -9223372036854775808 .. 9223372036854775807");
  }
  CHECK(real_number(json(3), "a") == 3);
  CHECK(real_number(json(-2.5), "a") == -2.5);
  CHECK(refusal([] { real_number(json(), "a: knn"); }) == "a: knn: null is not a number");
  CHECK(refusal([] { real_number(json(std::string(1000, 'x')), "a"); }) ==
        "a: \"" + std::string(59, 'x') + "... is not a number");
  CHECK(member({{"step", 3}}, "step", "a") == 3);
  CHECK(refusal([] { member({{"step", 3}}, "epoch", "a"); }) == "a: lacks 'epoch'");
  CHECK(refusal([] { member(json::array(), "epoch", "a"); }) == "a: [] is not an object");
  CHECK(refusal([] { member(5, "epoch", "a"); }) == "a: 5 is not an object");
}

TEST_CASE("bytes that are not UTF-8 are written as the replacement character") {
  CHECK(json_text(json{{"run",
                        "a\xff"
                        "b"}}) ==
        "{\"run\":\"a\xef\xbf\xbd"
        "b\"}");
  CHECK(json_text(nlohmann::ordered_json{{"b", "\xc3\xa9"}, {"a", "\n"}}) == "{\"b\":\"\xc3\xa9\",\"a\":\"\\n\"}");
  for (const char* text : {"", "run", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) CHECK(is_utf8(text));
  // Latin-1, cut short, an overlong '/', a surrogate, beyond the last character.
  for (const char* text : {"\xe9t\xe9", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"})
    CHECK(!is_utf8(text));
}

TEST_CASE("is_utf8 says the same as the JSON library at every edge of the table") {
  const auto library = [](const std::string& text) {
    try {
      return !json(text).dump().empty();
    } catch (const json::exception&) { return false; }
  };
  for (int first = 0x7f; first <= 0xff; ++first)
    for (const int second : {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff})
      for (size_t length = 1; length <= 5; ++length) {
        const std::string text = std::string{char(first), char(second), '\x80', '\xbf', 'a'}.substr(0, length);
        INFO(first, " ", second, " ", length);
        CHECK(is_utf8(text) == library(text));
      }
}
