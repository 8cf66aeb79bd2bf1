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
/// Each transform draws its random numbers from (key, its name). So a new transform does not change the numbers of the
/// others. Your own function must be pure: all its random numbers come from `random`.
class Pipeline {
 public:
  /// Appends a transform. A list may have the same kind twice, with a number after the name, which is added to the
  /// names of its options: "blur" has `min_sigma`, "blur2" has `min_sigma2`. An error if the name, or that of an
  /// option, is already there.
  Pipeline& add(const std::string& name, std::unique_ptr<Transform> transform);
  template <class T>
  requires(!std::invocable<const T&, Image&, Random&>) Pipeline& add(const std::string& name, T transform) {
    return add(name, std::unique_ptr<Transform>(std::make_unique<TransformOf<T>>(std::move(transform))));
  }
  template <std::invocable<Image&, Random&> F>
  requires(std::invocable<const F&, Image&, Random&>) Pipeline& add(const std::string& name, F function) {
    return add(name, FunctionTransform<F>{std::move(function)});
  }

  /// The size of the views, which need not be that of the images. 0: the size of the set. A crop resizes to this size;
  /// without a crop the whole image is resized. `augment` then writes height x width x C floats.
  Pipeline& size(int height, int width);
  int height(const Dataset& data) const { return height_ ? height_ : data.height; }
  int width(const Dataset& data) const { return width_ ? width_ : data.width; }

  std::vector<std::string> names() const;
  /// The options of the first T in the list, to change them. An error if there is none.
  template <class T>
  T& get() {
    for (Step& step : steps_)
      if (dynamic_cast<TransformOf<T>*>(step.transform.get())) return static_cast<TransformOf<T>&>(own(step)).value;
    fail("views: no transform of this type is in the list");
  }
  /// The options of all transforms, for `set_options(views, {{"flip", "0.5"}})`, help and config.
  void fields(Options& o);
  /// An error if options make no sense for `data`. It names them.
  void check(const Dataset& data) const;
  /// Sets unset options to their values for the data set.
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

/// Writes one view of image `i` to `out`: H x W x C floats of the views' size, normalised. A pure function of image,
/// options and key. The options must be checked before.
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
/// Views of each image of `indices`. An image is fetched once for all of its views. `numbers`, one for each index,
/// replace the indices in the keys, so that an image that occurs twice can have different views. An error names the
/// image; of several errors, it is that of the first image.
void augment_batch(const Dataset& data, std::span<const int> indices, std::span<const uint64_t> numbers,
                   const Normalisation& normalisation, std::span<const ViewOfBatch> views);

}  // namespace nce::data
