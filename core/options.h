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

/// Options that are said once. A thing (a loss, an optimiser, an encoder) lists its options in `fields`: name,
/// range and help. The command line, configuration files, error texts, tables and tests all follow from that list:
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

/// Which numbers an option takes. NaN and infinities are never in it.
struct Range {
  double above = -std::numeric_limits<double>::infinity();  ///< The value must be larger.
  double least = -std::numeric_limits<double>::infinity();  ///< The value must be at least this.
  double most = std::numeric_limits<double>::infinity();    ///< The value must be at most this.
  double below = std::numeric_limits<double>::infinity();   ///< The value must be smaller.

  bool holds(double value) const;
  /// "must be above 0 and at most 1"; "must be a number" where there is no bound.
  std::string text() const;
};

/// One option of a thing, where its value is.
struct Field {
  const char* name;
  const char* help;
  std::variant<double*, std::optional<double>*, int64_t*, bool*, std::string*> value;
  Range range = {};
  std::vector<std::string> choices = {};  ///< Empty: not a choice.
};

/// What a thing hands its options to; each goes to `visit`. Names are those of the fields, `tau_plus`; a command line
/// writes `--tau-plus`.
class Options {
 public:
  /// What `needs` says goes to `idle`: the option, and what it is without.
  using Idle = std::function<void(const std::string& name, const std::string& without)>;
  explicit Options(std::function<void(const Field&)> visit, Idle idle = {})
      : visit_(std::move(visit)), idle_(std::move(idle)) {}
  void number(const char* name, double& value, const char* help, const Range& range = {}) {
    visit_({name, help, &value, range});
  }
  /// Unset means a default that `help` says in brackets at its end: "bias of the target [delta - 1]".
  void number(const char* name, std::optional<double>& value, const char* help, const Range& range = {}) {
    visit_({name, help, &value, range});
  }
  void integer(const char* name, int64_t& value, const char* help, const Range& range = {}) {
    visit_({name, help, &value, range});
  }
  void flag(const char* name, bool& value, const char* help) { visit_({name, help, &value}); }
  /// Any text, a folder say; empty: unset.
  void text(const char* name, std::string& value, const char* help) { visit_({name, help, &value}); }
  /// One of `names`.
  void choice(const char* name, std::string& value, const std::vector<std::string>& names, const char* help) {
    visit_({name, help, &value, {}, names});
  }
  /// Says when an option has an effect, after both: `o.needs("order", divergence == "tsallis", "divergence tsallis")`.
  /// A command line that gives it where it has none is refused.
  void needs(const char* name, bool met, const char* what) {
    if (!met && idle_) idle_(name, what);
  }

  /// The same for an enumeration with values 0, 1, ...; `names` are in their order.
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

/// An option as it stands, as text.
struct Option {
  std::string name, help;
  bool is_flag = false, is_text = false;
  std::vector<std::string> choices = {};  ///< Empty: not a choice.
  std::string value;                      ///< As text that `set_options` takes; empty: unset.
  std::string without = {};               ///< Where it has no effect as the others stand: what it needs.
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

/// Gives options the values of `settings`. A name that the thing does not have, a text that is no such value, a
/// number that is not in decimal, exact and in range, or an empty text is an error: "temperature: must be above 0,
/// got -1". Where there is an error, options before it may have been set.
void set_options(const std::function<void(Options&)>& fields, const std::vector<Setting>& settings);
template <class T>
void set_options(T& thing, const std::vector<Setting>& settings) {
  set_options([&](Options& o) { thing.fields(o); }, settings);
}

/// Refuses options whose value is out of its range: "triplet: margin must be at least 0, got -1".
void check_options(const char* thing, const std::function<void(Options&)>& fields);
template <class T>
void check_options(const char* thing, T options) {
  check_options(thing, std::function<void(Options&)>([&](Options& o) { options.fields(o); }));
}

}  // namespace nce
