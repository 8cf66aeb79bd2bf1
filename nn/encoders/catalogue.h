#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/catalogue.h"
#include "nce/nn/encoders/encoder.h"

/// The table of all encoders by name. `nce train --encoder`, checkpoints, documents and tests use it.
/// To add an encoder: its header, a row in catalogue.cpp, a test.
namespace nce::nn {

/// A row of the catalogue.
struct KnownEncoder {
  using Settings = std::vector<Setting>;
  std::string name;
  /// Its options with the values of `settings`. Makes no encoder, but has the same errors: "width: must be at least 1".
  std::function<std::vector<Option>(const Settings& settings)> options;
  std::function<std::unique_ptr<Encoder>(const ImageSize& image, Generator& generator, const Settings& settings)>
      make;
};

/// The row of encoder E, made as E(image, generator, options). O is a struct of options with `fields`.
template <class E, class O>
KnownEncoder known_encoder(std::string name, const O& defaults) {
  return {.name = std::move(name),
          .options = listed_options(defaults),
          .make = [defaults](const auto& image, auto& generator, const auto& settings) {
            return std::make_unique<E>(image, generator, with_settings(defaults, settings));
          }};
}

Catalogue<KnownEncoder>& known_encoders();

/// An encoder by its name: make_encoder("conv4", {28, 28, 1}, generator, {{"width", "64"}}). Layers start with the same
/// distributions as in PyTorch (nn/layers.h), and a ResNet as in torchvision. An image without pixels is an error.
std::unique_ptr<Encoder> make_encoder(const std::string& name, const ImageSize& image, Generator& generator,
                                      const std::vector<Setting>& settings = {});

}  // namespace nce::nn
