#pragma once
#include <cstdint>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/data/dataset.h"
#include "nce/data/order.h"
#include "nce/data/ring.h"
#include "nce/data/views/catalogue.h"

namespace nce::data {

struct LoaderOptions {
  int64_t batch = 256;
  uint64_t seed = 1;
  /// How the views of an image are made.
  Views views = simclr_views();
  int64_t num_views = 2;  ///< Of each image.
  /// Multi-crop: more views, of another size, made by `LocalCrops::of`; and how many of them for each image.
  Pipeline local_views = {};
  int64_t num_local_views = 0;
  Normalisation normalisation = {};
  /// The number of batches that a background thread makes before they are needed. 0: `next()` makes each batch itself.
  int prefetch = 2;
  /// Whether a last, smaller batch is left out.
  bool drop_last = true;
  /// Chooses the images of an epoch. For evaluation: SequentialSampler. Others are in samplers/.
  Sampler sampler = RandomSampler();
};

/// V random views of each of B images. Rows j, B + j, 2B + j ... of `views` show image indices[j], with label
/// labels[j]. `chunk(views, V)` returns the first views of all images, the second views, and so on. It works in the
/// same way for features of these views. `halves` is the same for two views.
struct Batch {
  int64_t step = 0;                  ///< Within the epoch, from 0.
  std::vector<int> indices, labels;  ///< One for each image: B each.
  Tensor views;                      ///< (V B, H, W, C), normalised: B first views, then B second views, ...
  Tensor local_views = {};           ///< (L B, h, w, C): the small views in the same order. Undefined: none.
};

/// Goes through a data set in batches of views. A sampler draws the order of each epoch. For supervised training take
/// single views, {.views = {}, .num_views = 1}: the images without changes, or a `Pipeline` of transforms. For
/// evaluation also {.drop_last = false, .sampler = SequentialSampler()}.
///
///     Loader loader(train, {.batch = 256, .normalisation = pixel_statistics(train)});
///     for (int64_t epoch = 0; epoch < epochs; ++epoch) {
///       loader.start_epoch(epoch);
///       while (const Batch* batch = loader.next()) step(batch->views);
///     }
///
/// The order depends on (seed, epoch). A view depends on (seed, epoch, image, its place among the views, how often the
/// epoch drew the image before). Nothing else changes a bit: not the number of threads, the prefetch depth, the first
/// step, or the number of later views. The memory of batches is allocated once. Images are fetched in parallel, each
/// once for all its views; an error names the image.
class Loader {
 public:
  /// `data` must outlive the loader. Errors: a batch larger than the data; a data set or an option that makes no sense.
  Loader(const Dataset& data, LoaderOptions options);
  Loader(const Dataset&&, LoaderOptions) = delete;  // a temporary would not exist any more at the first batch

  int64_t steps_per_epoch() const { return order_.steps(); }
  /// Stops the present epoch, and begins `epoch` at `first_step` (0 .. steps_per_epoch()).
  void start_epoch(int64_t epoch, int64_t first_step = 0);
  /// The next batch, or null at the end of the epoch. It is valid until the next call of any function of the loader,
  /// which may overwrite its tensors. An error in the background is rethrown here.
  const Batch* next();

 private:
  struct Place {
    Batch batch;
    Tensor views, local_views;  // of a full batch; the batch's are these or their beginning
  };

  Shape size_of(const Pipeline& list, int64_t count) const;
  void make(int64_t step, Place& place);

  const Dataset& data_;
  const LoaderOptions options_;
  Order order_;
  int64_t epoch_ = -1;
  Ring<Place> ring_;  // last: its thread uses everything above
};

}  // namespace nce::data
