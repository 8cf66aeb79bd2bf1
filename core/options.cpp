#include "nce/core/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "nce/core/error.h"

namespace nce {
namespace {

// The shortest text that reads back as the same number.
std::string text_of(double value) { return fmt::format("{}", value); }

// Passes each option on to one function a kind, whatever its type.
class Each : public Options {
 public:
  using Options::number;
  void number(const char* name, double& value, const char* help, const Range& range) override {
    std::optional<double> held = value;
    number(name, held, help, range);
    if (held) value = *held;
  }
};

class Lister final : public Each {
 public:
  void number(const char* name, std::optional<double>& value, const char* help, const Range&) override {
    all.push_back({.name = name, .help = help, .value = value ? text_of(*value) : ""});
  }
  using Each::number;
  void integer(const char* name, int64_t& value, const char* help, const Range&) override {
    all.push_back({.name = name, .help = help, .value = std::to_string(value)});
  }
  void flag(const char* name, bool& value, const char* help) override {
    all.push_back({.name = name, .help = help, .is_flag = true, .value = value ? "true" : "false"});
  }
  void text(const char* name, std::string& value, const char* help) override {
    all.push_back({.name = name, .help = help, .is_text = true, .value = value});
  }
  void choice(const char* name, std::string& value, const std::vector<std::string>& names,
              const char* help) override {
    all.push_back({.name = name, .help = help, .choices = names, .value = value});
  }
  std::vector<Option> all;
};

template <class T>
T parsed(const std::string& name, const std::string& text, const char* what) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc{} && end == text.data() + text.size(), "{}: '{}' is not {}", name, text, what);
  return value;
}

class Setter final : public Each {
 public:
  explicit Setter(const Setting& setting) : setting_(setting) {}
  bool found = false;

  void number(const char* name, std::optional<double>& value, const char*, const Range& range) override {
    if (!is(name)) return;
    const double given = parsed<double>(name, setting_.value, "a number");
    check(range.holds(given), "{}: {}, got {}", name, range.text(), setting_.value);
    value = given;
  }
  using Each::number;
  void integer(const char* name, int64_t& value, const char*, const Range& range) override {
    if (!is(name)) return;
    const auto given = parsed<int64_t>(name, setting_.value, "a whole number");
    check(range.holds(double(given)), "{}: {}, got {}", name, range.text(), setting_.value);
    value = given;
  }
  void flag(const char* name, bool& value, const char*) override {
    if (!is(name)) return;
    check(setting_.value == "true" || setting_.value == "false", "{}: '{}' is neither true nor false", name,
          setting_.value);
    value = setting_.value == "true";
  }
  void text(const char* name, std::string& value, const char*) override {
    if (is(name)) value = setting_.value;
  }
  void choice(const char* name, std::string& value, const std::vector<std::string>& names, const char*) override {
    if (!is(name)) return;
    check(std::find(names.begin(), names.end(), setting_.value) != names.end(), "{}: '{}' is not one of {}", name,
          setting_.value, fmt::join(names, ", "));
    value = setting_.value;
  }

 private:
  bool is(const char* name) {
    if (setting_.name != name) return false;
    return found = true;
  }
  const Setting& setting_;
};

class Checker final : public Each {
 public:
  explicit Checker(const char* thing) : thing_(thing) {}
  void number(const char* name, std::optional<double>& value, const char*, const Range& range) override {
    check(!value || range.holds(*value), "{}: {} {}, got {}", thing_, name, range.text(), value.value_or(0));
  }
  using Each::number;
  void integer(const char* name, int64_t& value, const char*, const Range& range) override {
    check(range.holds(double(value)), "{}: {} {}, got {}", thing_, name, range.text(), value);
  }
  void flag(const char*, bool&, const char*) override {}
  void text(const char*, std::string&, const char*) override {}
  void choice(const char* name, std::string& value, const std::vector<std::string>& names, const char*) override {
    check(std::find(names.begin(), names.end(), value) != names.end(), "{}: {} '{}' is not one of {}", thing_, name,
          value, fmt::join(names, ", "));
  }

 private:
  const char* thing_;
};

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
  Lister lister;
  fields(lister);
  return std::move(lister.all);
}

void set_options(const std::function<void(Options&)>& fields, const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    Setter setter(setting);
    fields(setter);
    check(setter.found, "there is no option '{}'", setting.name);
  }
}

void check_options(const char* thing, const std::function<void(Options&)>& fields) {
  Checker checker(thing);
  fields(checker);
}

}  // namespace nce
