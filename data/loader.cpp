#include "nce/data/loader.h"

#include <algorithm>
#include <numeric>

#include "nce/core/error.h"
#include "nce/core/shape.h"

namespace nce::data {

Loader::Loader(const Dataset& data, LoaderOptions options) : data_(data), options_(std::move(options)) {
  check(options_.batch >= 1, "loader: a batch needs at least 1 image, got {}", options_.batch);
  check(options_.batch <= data.size(), "loader: a batch of {} is larger than the data: {} has {} images",
        options_.batch, data.name, data.size());
  check(options_.prefetch >= 0, "loader: prefetch must be 0 or more, got {}", options_.prefetch);
  check(int64_t(data.images.size()) == data.size() * data.image_bytes(),
        "loader: {} has {} labels, which ask for {} bytes of images; it has {}", data.name, data.size(),
        data.size() * data.image_bytes(), data.images.size());
  options_.normalisation.check(data), options_.views.check(data);
  const Shape shape{2 * options_.batch, data.height, data.width, data.channels};
  ring_.resize(size_t(options_.prefetch) + 1);
  for (Slot& slot : ring_) {
    slot.views = Tensor::empty(shape);
    slot.batch.indices.reserve(size_t(options_.batch)), slot.batch.labels.reserve(size_t(options_.batch));
  }
  order_.resize(size_t(data.size()));
}

Loader::~Loader() { stop(); }

int64_t Loader::steps_per_epoch() const {
  const int64_t whole = data_.size() / options_.batch;
  return options_.drop_last || data_.size() % options_.batch == 0 ? whole : whole + 1;
}

void Loader::start_epoch(int64_t epoch, int64_t first_step) {
  check(epoch >= 0, "loader: there is no epoch {}", epoch);
  check(first_step >= 0 && first_step <= steps_per_epoch(), "loader: there is no step {} in an epoch of {}",
        first_step, steps_per_epoch());
  stop();
  epoch_ = epoch;
  std::iota(order_.begin(), order_.end(), 0);  // afresh, so that an epoch depends on its number alone
  Random(Key(options_.seed).fold(uint64_t(epoch)).fold(2)).shuffle(order_);
  next_ = made_ = freed_ = first_step;
  failure_ = nullptr;
  if (options_.prefetch > 0)
    thread_ = std::jthread([this, first_step](std::stop_token stop) { run(first_step, std::move(stop)); });
}

const Batch* Loader::next() {
  check(epoch_ >= 0, "loader: next() before the first start_epoch()");
  if (next_ == steps_per_epoch()) return nullptr;
  if (options_.prefetch == 0) {
    make(next_);
  } else {
    std::unique_lock lock(mutex_);
    freed_ = next_;  // the batch returned before this one
    changed_.notify_all();
    changed_.wait(lock, [&] { return made_ > next_ || failure_; });
    if (made_ <= next_) std::rethrow_exception(failure_);
  }
  return &ring_[size_t(next_++) % ring_.size()].batch;
}

void Loader::make(int64_t step) {
  Slot& slot = ring_[size_t(step) % ring_.size()];
  Batch& batch = slot.batch;
  const int64_t begin = step * options_.batch, n = std::min(options_.batch, data_.size() - begin);
  batch.step = step;
  batch.indices.assign(order_.begin() + begin, order_.begin() + begin + n);
  const Key key = Key(options_.seed).fold(uint64_t(epoch_));
  float* out = slot.views.mutable_data<float>();
  for (uint64_t side : {0, 1})
    augment_batch(data_, batch.indices, options_.normalisation, options_.views, key.fold(side),
                  out + int64_t(side) * n * data_.image_bytes());
  batch.views = n == options_.batch ? slot.views
                                    : make_view(slot.views, {2 * n, data_.height, data_.width, data_.channels},
                                                slot.views.strides(), 0);
  batch.labels.clear();
  for (int index : batch.indices) batch.labels.push_back(data_.labels[size_t(index)]);
}

// The background thread: fills free places of the ring, in order of the steps.
void Loader::run(int64_t first_step, std::stop_token stop) {
  const int64_t places = int64_t(ring_.size());
  for (int64_t step = first_step; step < steps_per_epoch(); ++step) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return step < freed_ + places; })) return;
    lock.unlock();
    try {
      make(step);
    } catch (...) {
      lock.lock();
      failure_ = std::current_exception();
      changed_.notify_all();
      return;
    }
    lock.lock();
    made_ = step + 1;
    changed_.notify_all();
  }
}

void Loader::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

}  // namespace nce::data
