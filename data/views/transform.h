#pragma once
#include <concepts>
#include <memory>
#include <utility>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// A random change of an image. To add one, write a plain struct T of options; `TransformOf<T>` makes it a Transform:
///
///     struct T {
///       void fields(Options& o);                         // its options: name, range, help
///       void apply(Image& image, Random& random) const;  // a pure function of the image and the random numbers
///       void check(const Dataset& data) const;           // may be left out: an error if options do not fit together
///       void settle(const Dataset& data);                // may be left out: sets unset options
///     };
///
/// There is one virtual call for each image, and none for each pixel.
class Transform {
 public:
  virtual ~Transform() = default;
  virtual void fields(Options& o) = 0;
  virtual void check(const Dataset& data) const = 0;
  virtual void settle(const Dataset& data) = 0;
  virtual void apply(Image& image, Random& random) const = 0;
  virtual std::unique_ptr<Transform> clone() const = 0;
};

template <class T>
class TransformOf final : public Transform {
 public:
  explicit TransformOf(T transform = {}) : value(std::move(transform)) {}
  void fields(Options& o) override { value.fields(o); }
  void check(const Dataset& data) const override {
    if constexpr (requires { value.check(data); }) value.check(data);
  }
  void settle(const Dataset& data) override {
    if constexpr (requires { value.settle(data); }) value.settle(data);
  }
  void apply(Image& image, Random& random) const override { value.apply(image, random); }
  std::unique_ptr<Transform> clone() const override { return std::make_unique<TransformOf>(value); }

  T value;
};

/// A transform without options, made of a function.
template <std::invocable<Image&, Random&> F>
struct FunctionTransform {
  F function;
  void fields(Options&) {}
  void apply(Image& image, Random& random) const { function(image, random); }
};

}  // namespace nce::data
