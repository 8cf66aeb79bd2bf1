#pragma once
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// Options, written down once. A thing (a loss, an optimiser, an encoder) lists its options in `fields`: name, range
/// and help. The command line, configuration files, error texts, tables and tests all use this list:
///
///     struct TripletOptions {
///       double margin = 0.2;
///       bool soft = false;
///       void fields(Options& o) {
///         o.number("margin", margin, "how much farther a negative must be", {.least = 0});
///         o.flag("soft", soft, "softplus instead of the margin");
///       }
///     };
namespace nce {

/// The numbers that an option accepts. NaN and infinities are never accepted.
struct Range {
  double above = -std::numeric_limits<double>::infinity();  ///< The value must be larger.
  double least = -std::numeric_limits<double>::infinity();  ///< The value must be at least this.
  double most = std::numeric_limits<double>::infinity();    ///< The value must be at most this.
  double below = std::numeric_limits<double>::infinity();   ///< The value must be smaller.

  bool holds(double value) const;
  /// "must be above 0 and at most 1"; "must be a number" if there is no bound.
  std::string text() const;
};

/// One option of a thing, with the address of its value.
struct Field {
  const char* name;
  const char* help;
  std::variant<double*, std::optional<double>*, int64_t*, bool*, std::string*> value;
  Range range = {};
  std::vector<std::string> choices = {};  ///< Empty: not a choice.
};

/// Gets the options of a thing, one by one, and passes each to `visit`. Names are those of the fields, such as
/// `tau_plus`; on a command line this is `--tau-plus`.
class Options {
 public:
  /// `needs` calls it for an option without effect: the option's name, and what is missing for it.
  using Idle = std::function<void(const std::string& name, const std::string& without)>;
  explicit Options(std::function<void(const Field&)> visit, Idle idle = {})
      : visit_(std::move(visit)), idle_(std::move(idle)) {}
  void number(const char* name, double& value, const char* help, const Range& range = {}) {
    visit_({name, help, &value, range});
  }
  /// Unset means a default, which stands in brackets at the end of `help`: "bias of the target [delta - 1]".
  void number(const char* name, std::optional<double>& value, const char* help, const Range& range = {}) {
    visit_({name, help, &value, range});
  }
  void integer(const char* name, int64_t& value, const char* help, const Range& range = {}) {
    visit_({name, help, &value, range});
  }
  void flag(const char* name, bool& value, const char* help) { visit_({name, help, &value}); }
  /// Any text, such as a folder; empty: unset.
  void text(const char* name, std::string& value, const char* help) { visit_({name, help, &value}); }
  /// One of `names`.
  void choice(const char* name, std::string& value, const std::vector<std::string>& names, const char* help) {
    visit_({name, help, &value, {}, names});
  }
  /// Says when an option has an effect: `o.needs("order", divergence == "tsallis", "divergence tsallis")`. Comes after
  /// both options. On a command line, an option without an effect is an error.
  void needs(const char* name, bool met, const char* what) {
    if (!met && idle_) idle_(name, what);
  }

  /// One of `names`, for an enumeration with values 0, 1, ... in this order.
  template <class E>
  requires std::is_enum_v<E>
  void choice(const char* name, E& value, std::initializer_list<const char*> names, const char* help) {
    const std::vector<std::string> all(names.begin(), names.end());
    std::string text = all.at(size_t(value));
    choice(name, text, all, help);
    for (size_t i = 0; i < all.size(); ++i)
      if (all[i] == text) value = E(i);
  }

 private:
  std::function<void(const Field&)> visit_;
  Idle idle_;
};

/// An option and its present value, as text.
struct Option {
  std::string name, help;
  bool is_flag = false, is_text = false;
  std::vector<std::string> choices = {};  ///< Empty: not a choice.
  std::string value;                      ///< As text that `set_options` takes; empty: unset.
  std::string without = {};               ///< What it needs for an effect, if it has none now.
  bool is_integer = false;
  Range range = {};  ///< Of a number.
};

/// The options of a thing with their present values, in the order of its `fields`.
std::vector<Option> list_options(const std::function<void(Options&)>& fields);
template <class T>
std::vector<Option> list_options(T& thing) {
  return list_options([&](Options& o) { thing.fields(o); });
}

/// A value for an option, as text: "0.5", "true", "published".
struct Setting {
  std::string name, value;
};

/// Sets options to the values of `settings`. Errors: the thing has no option of this name; the text is empty, or is no
/// such value; a number is not decimal, not exact or out of range: "temperature: must be above 0, got -1". After an
/// error, earlier options may already be set.
void set_options(const std::function<void(Options&)>& fields, const std::vector<Setting>& settings);
template <class T>
void set_options(T& thing, const std::vector<Setting>& settings) {
  set_options([&](Options& o) { thing.fields(o); }, settings);
}

/// An error if the value of an option is out of its range: "triplet: margin must be at least 0, got -1".
void check_options(const char* thing, const std::function<void(Options&)>& fields);
template <class T>
void check_options(const char* thing, T options) {
  check_options(thing, std::function<void(Options&)>([&](Options& o) { options.fields(o); }));
}

}  // namespace nce
