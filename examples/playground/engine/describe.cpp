// What there is to choose from: the library's own catalogues, so that the page has no list of its own.
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/parts.h"
#include "engine/settings.h"
#include "engine/train.h"
#include "nce/core/error.h"
#include "nce/core/files/json.h"
#include "nce/data/views/catalogue.h"
#include "nce/losses/catalogue.h"
#include "nce/nn/encoders/catalogue.h"

namespace nce::playground {

using nlohmann::json;

// {"do": "describe"} -> {"losses": [{"name", "needs", "views", "target", "free_logits"}], "encoders": ["mlp", ...],
// "transforms": ["crop", ...], "presets": [{"name", "help", "views", "options"}]}. "views" is how many a loss takes at least; "target" whether theory knows where it
// goes, "free_logits" whether logits can descend on it.
json describe(const json&) {
  json losses = json::array();
  for (const losses::KnownLoss& known : losses::known_losses()) {
    const char* const needs[] = {"nothing", "labels", "predictor"};
    const auto target = known.make()->target();
    losses.push_back({{"name", known.name},
                      {"needs", needs[size_t(known.needs)]},
                      {"views", known.num_views.least},
                      {"target", target && target->has_target()},
                      {"free_logits", target && target->has_expected_loss()}});
  }
  json presets = json::array();
  for (const data::KnownPreset& known : data::known_presets()) {
    json options = json::object();
    for (const Setting& setting : known.options) options[setting.name] = setting.value;
    presets.push_back({{"name", known.name}, {"help", known.help}, {"views", known.views}, {"options", options}});
  }
  return {{"losses", losses},
          {"presets", presets},
          {"encoders", names_of(nn::known_encoders())},
          {"transforms", names_of(data::known_transforms())}};
}

// {"do": "options", "of": "loss", "name": "f_micl", "settings": {"order": 2}} -> {"options": [...]} (settings.h), with the
// values that the settings give. "of": loss, encoder, views or training. The name of views
// is a list, "crop,affine"; that of "training" is not used.
json options(const json& request) {
  const auto text = [&](const char* name) {
    return text_value(member(request, name, "options"), std::string("options: ") + name);
  };
  const std::string of = text("of"), name = text("name");
  const std::vector<Setting> settings = settings_of(member(request, "settings", "options"), "options: settings");
  const auto listed = [&](auto thing) {
    set_options(*thing, settings);
    return list_options(*thing);
  };
  const std::map<std::string, std::function<std::vector<Option>()>> kinds{
      {"loss", [&] { return listed(losses::known_losses().find(name).make()); }},
      {"encoder", [&] { return nn::known_encoders().find(name).options(settings); }},
      {"views",
       [&] {
         data::Views views = views_of_glyphs(name, settings);
         return list_options(views);
       }},
      {"training", [&] { return listed(std::make_unique<TrainingOptions>()); }}};
  const auto kind = kinds.find(of);
  check(kind != kinds.end(), "options: of: '{}' is not loss, encoder, views or training", of);
  return json{{"options", json_of(kind->second())}};
}

}  // namespace nce::playground
