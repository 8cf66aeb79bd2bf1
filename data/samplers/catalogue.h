#pragma once
#include <functional>
#include <string>
#include <vector>

#include "nce/core/catalogue.h"
#include "nce/data/samplers/sampler.h"

/// The table of all samplers by name. `nce train --sampler`, the help and the tests use it.
/// To add a sampler: its header in samplers/, a row in catalogue.cpp, a test.
namespace nce::data {

/// A row of the catalogue.
struct KnownSampler {
  using Settings = std::vector<Setting>;
  std::string name;
  std::function<std::vector<Option>(const Settings& settings)> options;  ///< With the values of `settings`.
  std::function<Sampler(const Settings& settings)> make;
};

/// The row of a struct with `fields` that can be called as a Sampler.
template <class T>
KnownSampler known_sampler(std::string name) {
  return {.name = std::move(name), .options = listed_options(T{}), .make = [](const auto& settings) {
            return with_settings(T{}, settings);
          }};
}

Catalogue<KnownSampler>& known_samplers();
/// A sampler by its name: make_sampler("m_per_class", {{"m", "8"}}).
Sampler make_sampler(const std::string& name, const std::vector<Setting>& settings = {});

}  // namespace nce::data
