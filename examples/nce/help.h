#pragma once
#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace nce::cli {

/// `--help` in two columns, in lines of the terminal's width, and of 80 columns elsewhere.
class Help : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;

 protected:
  /// What is said of an option. Nothing: its name alone stands at the end of its group, after `others`. An empty text:
  /// not even that. `all` is true for --help-all.
  virtual std::optional<std::string> text_of(const CLI::Option& option, bool all) const;
  /// "with another --loss"
  virtual std::string others(const std::string& group) const { return group; }
  /// What the option belongs to, of several things in its group: "crop". It stands once above the options of one thing.
  virtual std::string owner(const CLI::Option&, bool /*all*/) const { return ""; }
};

}  // namespace nce::cli
