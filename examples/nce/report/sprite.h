#pragma once
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "run/task.h"

namespace nce::cli {

/// Small pictures, side by side in one JPEG file: a page holds them all as one data URI.
class Sprite {
 public:
  /// Puts in a picture and gives its place, 0, 1, 2, ... A longer side than 40 pixels is shrunk to that.
  int add(const Pixels& picture);
  /// {"uri": "data:image/jpeg;base64,...", "width", "height", "cell", "columns", "rows"}: what is shown of each cell, a square
  /// of `cell` pixels, and how many cells there are. Null without pictures.
  nlohmann::ordered_json json() const;

 private:
  std::vector<Pixels> pictures_;
};

}  // namespace nce::cli
