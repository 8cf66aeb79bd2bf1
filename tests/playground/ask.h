#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "engine/call.h"

namespace nce::test {

/// The answer to a request of the playground's page.
inline nlohmann::json ask(const nlohmann::json& request) {
  return nlohmann::json::parse(playground::call(request.dump()));
}
/// The losses that the page offers.
inline nlohmann::json all_losses() { return ask({{"do", "describe"}})["losses"]; }
/// Its error; empty where there is none.
inline std::string refusal(const nlohmann::json& request) { return ask(request).value("error", ""); }

}  // namespace nce::test
