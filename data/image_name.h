#pragma once
#include <fmt/format.h>

#include <string>

#include "nce/data/dataset.h"

namespace nce::data {

/// For errors: "pets: image 17 (cats/17.jpg)".
inline std::string image_name(const Dataset& data, int64_t i) {
  const std::string file = data.sample_name(i);
  return fmt::format("{}: image {}{}", data.name, i, file.empty() ? "" : " (" + file + ")");
}

}  // namespace nce::data
