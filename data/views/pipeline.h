#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/random.h"
#include "nce/core/tensor.h"
#include "nce/data/dataset.h"
#include "nce/data/normalise.h"
#include "nce/data/views/names.h"
#include "nce/data/views/transform.h"

namespace nce::data {

/// How a random view of an image is made: transforms with names, applied in order. Copies are independent.
///
///     Pipeline views = make_pipeline({"crop", "flip"});
///     views.add("grey", RandomGrayscale{.p = 0.5});
///     views.add("dark", [](Image& image, Random& random) { adjust_brightness(image.planes(), random.uniform()); });
///
/// Each transform draws its random numbers from (key, its name): adding one never changes the numbers of others. A
/// function of one's own must be pure: it draws from `random` alone.
class Pipeline {
 public:
  /// Appends a transform. A number after the name is added to the names of its options, so that a list may hold one kind
  /// twice: "blur" has `min_sigma`, "blur2" has `min_sigma2`. A name, or an option's name, that is taken is an error.
  Pipeline& add(const std::string& name, std::unique_ptr<Transform> transform);
  template <class T>
  requires(!std::invocable<const T&, Image&, Random&>) Pipeline& add(const std::string& name, T transform) {
    return add(name, std::unique_ptr<Transform>(std::make_unique<TransformOf<T>>(std::move(transform))));
  }
  template <std::invocable<Image&, Random&> F>
  requires(std::invocable<const F&, Image&, Random&>) Pipeline& add(const std::string& name, F function) {
    return add(name, FunctionTransform<F>{std::move(function)});
  }

  /// Views of this size, whatever the size of the images: small views of large images, say. 0: the size of the set. A
  /// crop makes the size; without one the image is resized. `augment` then writes height x width x C floats.
  Pipeline& size(int height, int width);
  int height(const Dataset& data) const { return height_ ? height_ : data.height; }
  int width(const Dataset& data) const { return width_ ? width_ : data.width; }

  std::vector<std::string> names() const;
  /// The options of the first T in the list, to change them. None is an error.
  template <class T>
  T& get() {
    for (Step& step : steps_)
      if (dynamic_cast<TransformOf<T>*>(step.transform.get())) return static_cast<TransformOf<T>&>(own(step)).value;
    fail("views: no transform of this type is in the list");
  }
  /// The options of all transforms. `set_options(views, {{"flip", "0.5"}})` works by it, and so do help and config.
  void fields(Options& o);
  /// Refuses options that make no sense for `data`, and names them.
  void check(const Dataset& data) const;
  /// Gives options that are left to the data set the value that they have for it.
  void settle(const Dataset& data) {
    for (Step& step : steps_) step.transform->settle(data);
  }

  /// Applies the transforms to an image.
  void apply(Image& image, Key key) const;
  /// The random numbers of the transform `name` in a view of this key.
  static Random random(const std::string& name, Key key);

 private:
  struct Step {
    std::string name, number;              // "blur2", "2"
    uint64_t stream;                       // a hash of the name
    std::shared_ptr<Transform> transform;  // shared by copies of the list until one changes it
  };
  static Transform& own(Step& step) {
    if (step.transform.use_count() > 1) step.transform = step.transform->clone();
    return *step.transform;
  }
  std::vector<Step> steps_;
  int height_ = 0, width_ = 0;
};

/// One view of image `i`, written to `out`: H x W x C floats of the views' size, normalised. A pure function of image, options and key.
/// It takes the options as checked.
void augment(const Dataset& data, int64_t i, const Normalisation& normalisation, const Pipeline& views, Key key,
             float* out);

/// A view of each image of `indices`, (n, H, W, C). Image i has the key `key.fold(i)`: its view depends neither on its
/// batch nor on the number of threads.
Tensor augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                     const Pipeline& views, Key key);

/// One view of each image of a batch: its list, its key, and where it is written, (n, H, W, C).
struct ViewOfBatch {
  const Pipeline* list;
  Key key;
  float* out;
};
/// Views of each image of `indices`. An image is fetched once for all of its views, and `numbers`, one an index, stand for
/// the indices in the keys: an image that is there twice may have other views. Errors name the image; of several, it is
/// the first one's.
void augment_batch(const Dataset& data, std::span<const int> indices, std::span<const uint64_t> numbers,
                   const Normalisation& normalisation, std::span<const ViewOfBatch> views);

}  // namespace nce::data
