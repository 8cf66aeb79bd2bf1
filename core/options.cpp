#include "nce/core/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/nearest.h"
#include "nce/core/number.h"

namespace nce {
namespace {

template <class T>
T parsed(const Field& field, const std::string& text, const char* what) {
  const std::optional<T> value = number_in<T>(text);
  check(value.has_value(), "{}: '{}' is not {}", field.name, text, what);
  check(field.range.holds(double(*value)), "{}: {}, got {}", field.name, field.range.text(), text);
  return *value;
}

// "'exat' is not one of exact, published; did you mean exact?"; empty if the field accepts the text.
std::string refusal(const Field& field, const std::string& text) {
  if (field.choices.empty() || std::find(field.choices.begin(), field.choices.end(), text) != field.choices.end())
    return "";
  const std::string guess = did_you_mean(text, field.choices);
  return fmt::format("'{}' is not one of {}{}", text, fmt::join(field.choices, ", "),
                     guess.empty() ? "" : "; " + guess);
}

// Sets an option to the value in a text.
struct Set {
  const Field& field;
  const std::string& text;
  void operator()(double* value) const { *value = parsed<double>(field, text, "a number"); }
  void operator()(std::optional<double>* value) const { *value = parsed<double>(field, text, "a number"); }
  void operator()(int64_t* value) const { *value = parsed<int64_t>(field, text, "a whole number"); }
  void operator()(bool* value) const {
    check(text == "true" || text == "false", "{}: '{}' is neither true nor false", field.name, text);
    *value = text == "true";
  }
  void operator()(std::string* value) const {
    const std::string wrong = refusal(field, text);
    check(wrong.empty(), "{}: {}", field.name, wrong);
    *value = text;
  }
};

// An error if a value is out of its range.
struct Check {
  const char* thing;
  const Field& field;
  void operator()(const auto* value) const {
    check(field.range.holds(double(*value)), "{}: {} {}, got {}", thing, field.name, field.range.text(), *value);
  }
  void operator()(const std::optional<double>* value) const {
    if (*value) (*this)(&**value);
  }
  void operator()(const std::string* value) const {
    const std::string wrong = refusal(field, *value);
    check(wrong.empty(), "{}: {} {}", thing, field.name, wrong);
  }
};

// The shortest text that reads back as the same value.
std::string text_of(const auto* value) { return fmt::format("{}", *value); }
std::string text_of(const std::optional<double>* value) { return *value ? text_of(&**value) : ""; }

}  // namespace

bool Range::holds(double value) const {
  return std::isfinite(value) && value > above && value >= least && value <= most && value < below;
}

std::string Range::text() const {
  const bool low = std::isfinite(above) || std::isfinite(least), high = std::isfinite(most) || std::isfinite(below);
  std::string text = "must be ";
  if (std::isfinite(least) && std::isfinite(most)) return text + fmt::format("within {} .. {}", least, most);
  if (low) text += std::isfinite(above) ? fmt::format("above {}", above) : fmt::format("at least {}", least);
  if (low && high) text += " and ";
  if (high) text += std::isfinite(below) ? fmt::format("below {}", below) : fmt::format("at most {}", most);
  return low || high ? text : text + "a number";
}

std::vector<Option> list_options(const std::function<void(Options&)>& fields) {
  std::vector<Option> all;
  const auto list = [&](const Field& field) {
    all.push_back({.name = field.name,
                   .help = field.help,
                   .is_flag = std::holds_alternative<bool*>(field.value),
                   .is_text = std::holds_alternative<std::string*>(field.value) && field.choices.empty(),
                   .choices = field.choices,
                   .value = std::visit([](const auto* value) { return text_of(value); }, field.value),
                   .is_integer = std::holds_alternative<int64_t*>(field.value),
                   .range = field.range});
  };
  Options lister(list, [&](const std::string& name, const std::string& without) {
    for (Option& option : all)
      if (option.name == name) option.without = without;
  });
  fields(lister);
  return all;
}

void set_options(const std::function<void(Options&)>& fields, const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    bool found = false;
    std::vector<std::string> names;
    Options setter([&](const Field& field) {
      names.emplace_back(field.name);
      if (field.name != setting.name) return;
      std::visit(Set{field, setting.value}, field.value);
      found = true;
    });
    fields(setter);
    if (found) continue;
    const std::string guess = did_you_mean(setting.name, names);
    fail("there is no option '{}'{}", setting.name, guess.empty() ? "" : "; " + guess);
  }
}

void check_options(const char* thing, const std::function<void(Options&)>& fields) {
  Options checker([&](const Field& field) { std::visit(Check{thing, field}, field.value); });
  fields(checker);
}

}  // namespace nce
