#pragma once
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/data/dataset.h"
#include "nce/data/views/catalogue.h"

namespace nce::data {

struct LoaderOptions {
  int64_t batch = 256;
  uint64_t seed = 1;
  /// How the two views of an image are made.
  Pipeline views = simclr_views();
  Normalisation normalisation = {};
  /// How many batches a background thread makes ahead; 0 makes each one in `next()`, without a thread.
  int prefetch = 2;
  /// Whether a last, smaller batch is left out.
  bool drop_last = true;
};

/// Two random views of each of B images. Rows j and B + j of `views` show image indices[j], whose label is labels[j].
/// `halves(views)`, or of anything made of them row by row, are the two sides of the pairs.
struct Batch {
  int64_t step = 0;                  ///< Within the epoch, from 0.
  std::vector<int> indices, labels;  ///< One an image: B each.
  Tensor views;                      ///< (2B, H, W, C), normalised: B first views, then B second views.
};

/// Goes through a data set in batches of two views, in an order shuffled for each epoch:
///
///     Loader loader(train, {.batch = 256, .normalisation = pixel_statistics(train)});
///     for (int64_t epoch = 0; epoch < epochs; ++epoch) {
///       loader.start_epoch(epoch);
///       while (const Batch* batch = loader.next()) step(batch->views);
///     }
///
/// The order is a function of (seed, epoch), a view of (seed, epoch, image, which of the two): no number of
/// threads, prefetch depth or starting step changes a bit. Batches live in a ring of prefetch + 1 that is allocated
/// once. The background thread shares the threads of `parallel_for`; where that is one thread, it is a second
/// beside it.
class Loader {
 public:
  /// `data` must outlive the loader. A batch larger than the data is an error, as is a data set or an option that
  /// makes no sense.
  Loader(const Dataset& data, LoaderOptions options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  int64_t steps_per_epoch() const;
  /// Leaves what was going on, and begins `epoch` at `first_step` (0 .. steps_per_epoch()).
  void start_epoch(int64_t epoch, int64_t first_step = 0);
  /// The next batch, or null at the end of the epoch. It is valid until the next call of any function of the
  /// loader: its tensors are then written again. What failed in the background is rethrown here.
  const Batch* next();

 private:
  struct Slot {
    Batch batch;
    Tensor views;  // of a full batch; the batch's are these or their beginning
  };

  void make(int64_t step);
  void run(int64_t first_step, std::stop_token stop);
  void stop();

  const Dataset& data_;
  const LoaderOptions options_;
  std::vector<Slot> ring_;  // step s lives in ring_[s % size]
  std::vector<int> order_;
  int64_t epoch_ = -1;
  int64_t next_ = 0;  // the step that next() will return

  std::mutex mutex_;  // guards the four below
  std::condition_variable_any changed_;
  int64_t made_ = 0;   // steps before this one are in the ring or were
  int64_t freed_ = 0;  // steps before this one may be written over
  std::exception_ptr failure_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace nce::data
