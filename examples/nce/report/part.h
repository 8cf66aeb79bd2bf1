#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/material.h"

/// The page of `nce report --out`: parts that stand below each other. To add a part: its file in parts/, with a row here.
namespace nce::cli {

using Json = nlohmann::ordered_json;

/// A part of the page: what it is called, and how to read it.
struct Part {
  std::string id;     ///< Of the section: "curves".
  std::string title;  ///< "Training"
  std::string read;   ///< One plain sentence: how to read the pictures.
  std::string bad;    ///< What would be a bad sign, without a capital letter.
  /// The function of page.js that draws it: "curves", "matrices".
  std::string kind;
  /// What that function draws, an object. Null: the runs have nothing for it, and it is left out. An `Error` says what is
  /// missing, and the page goes on with the rest.
  Json (*make)(Material& material);
};

Part results_part();
Part settings_part();
Part curves_part();
Part views_part();
Part map_part();
Part neighbours_part();
Part similarity_part();
Part matrix_part();
Part states_part();
Part spectrum_part();
Part confusion_part();

/// In the order of the page.
std::vector<Part> page_parts();

}  // namespace nce::cli
