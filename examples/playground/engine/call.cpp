#include "engine/call.h"

#include <nlohmann/json.hpp>

#include "engine/parts.h"
#include "nce/core/files/json.h"

namespace nce::playground {

Catalogue<Part>& parts() {
  static Catalogue<Part> all("part", {{"describe", describe},
                                      {"options", options},
                                      {"circle", circle},
                                      {"collapse", collapse},
                                      {"models", models},
                                      {"model_edit", model_edit},
                                      {"model_resize", model_resize},
                                      {"transition", transition},
                                      {"plane", plane},
                                      {"plane_map", plane_map},
                                      {"train_start", train_start},
                                      {"train_step", train_step},
                                      {"train_look", train_look},
                                      {"train_views", train_views}});
  return all;
}

std::string call(const std::string& request) try {
  const nlohmann::json json = parse_json(request, "request");
  return json_text(parts().find(text_value(member(json, "do", "request"), "request: do")).answer(json));
} catch (const std::exception& error) { return json_text(nlohmann::json{{"error", error.what()}}); }

}  // namespace nce::playground
