#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nce/core/catalogue.h"

/// What the page asks of the engine. JavaScript draws and keeps the settings; every number comes from here.
namespace nce::playground {

/// A kind of request, by its name.
struct Part {
  std::string name;
  std::function<nlohmann::json(const nlohmann::json& request)> answer;
};
Catalogue<Part>& parts();

/// Answers one request, JSON in and JSON out: {"do": "describe"} has what the part "describe" gives. What is wrong is
/// {"error": "transition: lacks 'batch'"}. It never throws.
std::string call(const std::string& request);

}  // namespace nce::playground
