#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "run/places.h"

namespace nce::cli {

/// The options of `nce theory`; names are those of the fields with dashes.
struct TheorySettings {
  bool synthetic = false;
  std::filesystem::path run;

  std::filesystem::path model;    ///< Empty: the paper's example.
  std::vector<std::string> loss;  ///< Empty: all.
  std::vector<double> delta = {}, gamma = {};
  std::vector<int64_t> batch = {};

  int64_t samples = 4000, epochs = 100, dim = 16;
  double temperature = 0.5, noise = 0.1, lr = 3e-3;

  std::string states = "labels";
  int64_t pairs = 20000;
  Places places;

  uint64_t seed = 1;
  std::filesystem::path out;
  bool json = false;
};

}  // namespace nce::cli
