// Options of each kind, "name=value" a line: what is taken, its text gives again. And the lists of `--classes`.
#include "nce/core/options.h"

#include "nce/data/selection.h"
#include "nce/data/views/names.h"
#include "support/fuzz.h"

using namespace nce::test;

namespace {

struct Each {
  double share = 0.5;
  std::optional<double> cache_mb;
  int64_t count = 3;
  bool fast = false;
  std::string text = "a", mode = "crop";
  void fields(nce::Options& o) {
    o.number("share", share, "", {.above = 0, .most = 1});
    o.number("cache_mb", cache_mb, "", {.least = 0});
    o.integer("count", count, "", {.least = -5, .most = 1e15});
    o.flag("fast", fast, "");
    o.text("text", text, "");
    o.choice("mode", mode, {"crop", "squash", "pad"}, "");
  }
};

}  // namespace

NCE_FUZZ("options", text) {
  Each each;
  for (const std::string_view line : nce::data::split(few_lines(text), '\n')) {
    const size_t equals = std::min(line.find('='), line.size());
    const nce::Setting setting{std::string(line.substr(0, equals)),
                               std::string(line.substr(std::min(equals + 1, line.size())))};
    refusable([&] { nce::set_options(each, {setting}); });
    static const nce::data::DatasetFacts facts{.name = "F", .classes = 3, .class_names = {"cat", "dog", "7"}};
    refusable([&] {
      for (const int label : nce::data::labels_named(setting.value, facts)) sound(label >= 0 && label < 3);
    });
  }
  Each again;
  const auto values = nce::list_options(each);
  for (const nce::Option& option : values)
    if (!option.value.empty()) nce::set_options(again, {{option.name, option.value}});
  const auto values_again = nce::list_options(again);
  for (size_t i = 0; i < values.size(); ++i)
    sound(values[i].value == values_again[i].value || values[i].value.empty());
  nce::check_options("each", again);
}
