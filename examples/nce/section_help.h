#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "help.h"
#include "sections.h"

namespace nce::cli {

/// An option of the command line, and where its value goes.
struct DeclaredOption {
  std::string table, key;
  CLI::Option* option;
  bool again;  ///< Of a row that a list holds once more: told only where it does.
};

/// The help of a command with sections. It tells the options of the things that the command line chooses, with the values
/// that they have then; --help-all tells the options of all things, each below the things that have it.
class SectionHelp final : public Help {
 public:
  SectionHelp(std::vector<Section> sections, std::shared_ptr<const std::vector<DeclaredOption>> declared,
              std::function<std::vector<Given>()> given)
      : sections_(std::move(sections)), declared_(std::move(declared)), given_(std::move(given)) {}

 protected:
  std::optional<std::string> text_of(const CLI::Option& option, bool all) const override;
  std::string others(const std::string& group) const override;
  std::string owner(const CLI::Option& option, bool all) const override;

 private:
  const Config& config() const;
  const DeclaredOption* declaration_of(const CLI::Option& option) const;
  std::string of_all(const Section& section, const std::string& key) const;
  std::string of_name(const Section& section, bool all) const;

  std::vector<Section> sections_;
  std::shared_ptr<const std::vector<DeclaredOption>> declared_;
  std::function<std::vector<Given>()> given_;
  mutable std::optional<Config> config_;
};

}  // namespace nce::cli
