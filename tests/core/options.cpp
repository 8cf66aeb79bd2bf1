#include "nce/core/options.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nce/core/error.h"

using namespace nce;

namespace {

// The text of what f throws; empty where it throws nothing.
template <class F>
std::string error_text(F f) {
  try {
    f();
  } catch (const Error& error) { return error.what(); }
  return "";
}

enum class Weight { exact, published };

struct Sample {
  double temperature = 0.1;
  std::optional<double> gamma = std::nullopt;
  int64_t width = 32;
  bool symmetric = false;
  Weight weight = Weight::exact;
  std::string divergence = "kl", folder = "";
  void fields(Options& o) {
    o.number("temperature", temperature, "of the similarities", {.above = 0});
    o.number("gamma", gamma, "bias of the target [delta - 1]", {.least = -5, .most = 5});
    o.integer("width", width, "number of channels", {.least = 1});
    o.flag("symmetric", symmetric, "the mean of both directions");
    o.choice("weight", weight, {"exact", "published"}, "what multiplies the positive");
    o.choice("divergence", divergence, {"kl", "js"}, "of which the loss is a bound");
    o.text("folder", folder, "where the files are");
  }
};

}  // namespace

TEST_CASE("options are listed in their order, as text that sets them again") {
  Sample sample;
  sample.symmetric = true, sample.weight = Weight::published, sample.temperature = 0.1 + 0.2;
  const std::vector<Option> all = list_options(sample);
  REQUIRE(all.size() == 7);
  CHECK(all[0].name == "temperature");
  CHECK(all[0].value == "0.30000000000000004");
  CHECK(all[1].value.empty());
  CHECK(all[2].value == "32");
  CHECK((all[3].is_flag && all[3].value == "true"));
  CHECK((all[4].value == "published" && all[4].choices == std::vector<std::string>{"exact", "published"}));
  CHECK((all[6].is_text && all[6].value.empty()));
  Sample other;
  for (const Option& option : all)
    if (!option.value.empty()) set_options(other, {{option.name, option.value}});
  CHECK(other.temperature == sample.temperature);
  CHECK((other.symmetric && other.weight == Weight::published && !other.gamma));
}

TEST_CASE("a value is taken exactly or refused by name") {
  Sample sample;
  set_options(
      sample,
      {{"temperature", "0.5"}, {"gamma", "-0.2"}, {"weight", "published"}, {"width", "010"}, {"folder", "a b"}});
  CHECK((sample.temperature == 0.5 && sample.gamma == -0.2 && sample.weight == Weight::published));
  CHECK(sample.folder == "a b");
  CHECK(sample.width == 10);  // decimal, whatever it begins with
  const auto refusal = [](const char* name, const char* value) {
    return error_text([&] {
      Sample s;
      set_options(s, {{name, value}});
    });
  };
  CHECK(refusal("temperature", "0") == "temperature: must be above 0, got 0");
  CHECK(refusal("temperature", "") == "temperature: '' is not a number");
  CHECK(refusal("temperature", "0.5x") == "temperature: '0.5x' is not a number");
  CHECK(refusal("temperature", "nan") == "temperature: must be above 0, got nan");
  CHECK(refusal("gamma", "6") == "gamma: must be within -5 .. 5, got 6");
  CHECK(refusal("width", "1.5") == "width: '1.5' is not a whole number");
  CHECK(refusal("width", "99999999999999999999") == "width: '99999999999999999999' is not a whole number");
  CHECK(refusal("symmetric", "1") == "symmetric: '1' is neither true nor false");
  CHECK(refusal("weight", "none") == "weight: 'none' is not one of exact, published");
  CHECK(refusal("beta", "1") == "there is no option 'beta'");
}

TEST_CASE("options given in C++ are held to the same ranges") {
  CHECK(error_text([] { check_options("sample", Sample{}); }).empty());
  CHECK(error_text([] { check_options("sample", Sample{.temperature = -1}); }) ==
        "sample: temperature must be above 0, got -1");
  CHECK(error_text([] { check_options("sample", Sample{.width = 0}); }) ==
        "sample: width must be at least 1, got 0");
  CHECK(error_text([] { check_options("sample", Sample{.divergence = "x"}); }) ==
        "sample: divergence 'x' is not one of kl, js");
  CHECK(error_text([] { check_options("sample", Sample{.gamma = NAN}); }) ==
        "sample: gamma must be within -5 .. 5, got nan");
  CHECK(Range{.above = 0, .below = 1}.text() == "must be above 0 and below 1");
  CHECK(Range{}.text() == "must be a number");
}
