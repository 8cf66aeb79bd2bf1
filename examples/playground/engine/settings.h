#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nce/core/options.h"
#include "nce/losses/catalogue.h"

/// Options in requests and answers.
namespace nce::playground {

/// {"delta": 1.5, "denominator": "all"} as settings. `where` is for errors.
std::vector<Setting> settings_of(const nlohmann::json& object, const std::string& where);

/// The member `kind` of a request, {"name": "mlp", "options": {"width": 64}}.
void choice_of(const nlohmann::json& request, const std::string& kind, const std::string& where, std::string& name,
               std::vector<Setting>& options);
/// The loss that a request has as member "loss".
std::unique_ptr<losses::Loss> loss_of(const nlohmann::json& request, const std::string& where);

/// A list of {"name", "help", "kind", "value", "choices", "needs"} and "least", "above", "most", "below" where there is such a
/// bound. "kind" is number, integer, flag, choice or text. "needs" is what an option without effect needs.
nlohmann::json json_of(const std::vector<Option>& options);

}  // namespace nce::playground
