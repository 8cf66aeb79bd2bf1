#include "loss_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "nce/core/error.h"
#include "our_losses.h"

namespace nce::cli {
namespace {

struct Entry {
  Loss loss;
  std::optional<std::vector<std::string>> options;  // none: all
  std::function<bool(const LossSettings&)> stops_gradient = {};
  bool ours = false;
};

std::map<std::string, Entry>& registry() {
  static std::map<std::string, Entry> losses = [] {
    std::map<std::string, Entry> all;
    for (const OurLoss& ours : our_losses()) all[ours.name] = {ours.loss, ours.options, ours.stops_gradient, true};
    return all;
  }();
  return losses;
}

const Entry& find(const std::string& name) {
  const auto found = registry().find(name);
  if (found == registry().end()) fail("no loss is called '{}'; there are {}", name, fmt::join(loss_names(), ", "));
  return found->second;
}

}  // namespace

bool register_loss(const std::string& name, Loss loss, std::optional<std::vector<std::string>> options) {
  check(registry().emplace(name, Entry{std::move(loss), std::move(options)}).second,
        "register_loss: there is already a loss called '{}'", name);
  return true;
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const auto& [name, entry] : registry()) names.push_back(name);
  return names;
}

const Loss& find_loss(const std::string& name) { return find(name).loss; }

bool takes(const std::string& loss, const std::string& option) {
  const auto& options = find(loss).options;
  return !options || std::find(options->begin(), options->end(), option) != options->end();
}

bool stops_gradient(const std::string& loss, const LossSettings& settings) {
  const auto& stops = find(loss).stops_gradient;
  return stops && stops(settings);
}

std::vector<std::string> losses_with(const std::string& option) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : registry())
    if (entry.ours && takes(name, option)) names.push_back(name);
  return names;
}

std::vector<std::string> loss_options() {
  std::set<std::string> all;
  for (const auto& [name, entry] : registry())
    if (entry.ours) all.insert(entry.options->begin(), entry.options->end());
  return {all.begin(), all.end()};
}

}  // namespace nce::cli
