#pragma once
#include <nlohmann/json_fwd.hpp>

/// The parts of the page; call.cpp has their names. Each one's file says what it takes and what it gives. All members of a
/// request are needed.
namespace nce::playground {

nlohmann::json describe(const nlohmann::json& request);
nlohmann::json options(const nlohmann::json& request);
nlohmann::json circle(const nlohmann::json& request);
nlohmann::json collapse(const nlohmann::json& request);
nlohmann::json models(const nlohmann::json& request);
nlohmann::json model_edit(const nlohmann::json& request);
nlohmann::json model_resize(const nlohmann::json& request);
nlohmann::json transition(const nlohmann::json& request);
nlohmann::json plane(const nlohmann::json& request);
nlohmann::json plane_map(const nlohmann::json& request);
nlohmann::json train_start(const nlohmann::json& request);
nlohmann::json train_step(const nlohmann::json& request);
nlohmann::json train_look(const nlohmann::json& request);
nlohmann::json train_views(const nlohmann::json& request);

}  // namespace nce::playground
