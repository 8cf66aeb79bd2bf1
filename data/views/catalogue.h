#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/catalogue.h"
#include "nce/data/preset.h"
#include "nce/data/views/views.h"

/// The table of all transforms by name. Lists of views, the help and the tests use it.
/// To add a transform: its header in views/, a row in catalogue.cpp, a test.
namespace nce::data {

/// A row of the catalogue.
struct KnownTransform {
  std::string name;
  std::function<std::unique_ptr<Transform>()> make;  ///< With its default options.
};

/// The row of a struct with `fields` and `apply` (transform.h).
template <class T>
KnownTransform known_transform(std::string name) {
  return {std::move(name), [] { return std::make_unique<TransformOf<T>>(); }};
}

Catalogue<KnownTransform>& known_transforms();

/// A list of transforms by name, each with its default options. "blur2" is a second "blur". An unknown name is an error
/// that lists the known ones.
Pipeline make_pipeline(const std::vector<std::string>& names);
/// The same as text, "crop,flip,blur"; lists of single views have a slash between them: "crop,blur/crop,blur2".
Views make_views(const std::string& text);

/// The usual views by name, with the options of their papers.
Catalogue<KnownPreset>& known_presets();
/// The views of a preset: make_preset("byol").
Views make_preset(const std::string& name);

/// The preset "simclr-cifar": SimCLR's random views with the paper's options for CIFAR-10, crop, flip, jitter and grey.
/// The smallest crop and the flip depend on the facts of the data set. Source: Chen et al., "A Simple Framework for
/// Contrastive Learning of Visual Representations", 2020, appendix A and B.9.
Pipeline simclr_views();

}  // namespace nce::data
