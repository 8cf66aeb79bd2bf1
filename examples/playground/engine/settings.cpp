#include "engine/settings.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "nce/core/files/json.h"

namespace nce::playground {

using nlohmann::json;

std::vector<Setting> settings_of(const json& object, const std::string& where) {
  std::vector<Setting> settings;
  for (const auto& [name, value] : object_value(object, where).items())
    settings.push_back({name, value.is_string() ? value.get<std::string>() : json_text(value)});
  return settings;
}

void choice_of(const json& request, const std::string& kind, const std::string& where, std::string& name,
               std::vector<Setting>& options) {
  const std::string place = where + ": " + kind;
  const json& choice = member(request, kind, where);
  name = text_value(member(choice, "name", place), place + ": name");
  options = settings_of(member(choice, "options", place), place + ": options");
}

std::unique_ptr<losses::Loss> loss_of(const json& request, const std::string& where) {
  std::string name;
  std::vector<Setting> options;
  choice_of(request, "loss", where, name, options);
  return losses::make_loss(name, options);
}

json json_of(const std::vector<Option>& options) {
  json all = json::array();
  for (const Option& option : options) {
    json one = {{"name", option.name}, {"help", option.help}, {"value", option.value}};
    one["kind"] = option.is_flag            ? "flag"
                  : option.is_text          ? "text"
                  : !option.choices.empty() ? "choice"
                  : option.is_integer       ? "integer"
                                            : "number";
    if (!option.choices.empty()) one["choices"] = option.choices;
    if (!option.without.empty()) one["needs"] = option.without;
    const Range& range = option.range;
    for (const auto& [name, bound] :
         {std::pair("least", range.least), {"above", range.above}, {"most", range.most}, {"below", range.below}})
      if (std::isfinite(bound)) one[name] = bound;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace nce::playground
