#pragma once
#include <string>
#include <vector>

#include "nce/core/options.h"

namespace nce::data {

/// A usual way to make views, by name: a list of transforms, with options.
struct KnownPreset {
  std::string name, help;
  std::string views;                  ///< "crop,flip"; lists of single views have a slash between them.
  std::vector<Setting> options = {};  ///< Where they differ from the defaults of the transforms.
};

}  // namespace nce::data
