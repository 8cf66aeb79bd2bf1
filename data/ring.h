#pragma once
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "nce/core/error.h"

namespace nce::data {

/// Makes batches before they are needed. A background thread fills a ring of prefetch + 1 places and uses their memory
/// again and again. A batch may be anything with a default constructor.
///
/// `make(step, batch)` writes batch `step` over an old one. It must depend only on the step; then the prefetch depth and the
/// first step change no bit. The thread uses the same workers as `parallel_for`. If that has one thread, this is a second.
template <class Batch>
class Ring {
 public:
  using Make = std::function<void(int64_t step, Batch& batch)>;

  /// `prefetch`: how many batches are made before they are needed. 0: `next()` makes each batch, and there is no thread.
  Ring(int prefetch, Make make) : make_(std::move(make)) {
    check(prefetch >= 0, "loader: prefetch must be 0 or more, got {}", prefetch);
    places_.resize(size_t(prefetch) + 1);
  }
  ~Ring() { stop(); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// The places, to allocate their memory before the first `start`.
  std::vector<Batch>& places() { return places_; }

  /// Drops all batches, and begins at step `first` of `steps`.
  void start(int64_t first, int64_t steps) {
    stop();
    next_ = made_ = freed_ = first, steps_ = steps;
    failure_ = nullptr;
    if (places_.size() > 1) thread_ = std::thread([this, first] { run(first); });
  }
  /// Drops all batches. There is no next batch before the next `start`.
  void stop() {
    if (thread_.joinable()) {
      {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
      }
      changed_.notify_all();
      thread_.join();
      stopped_ = false;
    }
    steps_ = next_;
  }

  /// The next batch, valid until the next call of any function; null after the last one. An error in the background is
  /// rethrown here, at the step that failed.
  Batch* next() {
    if (next_ == steps_) return nullptr;
    if (places_.size() == 1) {
      make_(next_, place(next_));
    } else {
      std::unique_lock lock(mutex_);
      freed_ = next_;  // the caller is done with the batch before this one
      changed_.notify_all();
      changed_.wait(lock, [&] { return made_ > next_ || failure_; });
      if (made_ <= next_) std::rethrow_exception(failure_);
    }
    return &place(next_++);
  }

 private:
  Batch& place(int64_t step) { return places_[size_t(step) % places_.size()]; }

  // The background thread: makes the steps in order, each as soon as its place is free.
  void run(int64_t first) {
    for (int64_t step = first; step < steps_; ++step) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopped_ || step < freed_ + int64_t(places_.size()); });
      if (stopped_) return;
      lock.unlock();
      std::exception_ptr failure;
      try {
        make_(step, place(step));
      } catch (...) { failure = std::current_exception(); }
      lock.lock();
      if (failure)
        failure_ = failure;
      else
        made_ = step + 1;
      changed_.notify_all();
      if (failure) return;
    }
  }

  const Make make_;
  std::vector<Batch> places_;  // step s lives in places_[s % size]
  int64_t next_ = 0, steps_ = 0;

  std::mutex mutex_;  // guards all below, except the thread
  std::condition_variable changed_;
  int64_t made_ = 0;   // earlier steps are made
  int64_t freed_ = 0;  // earlier steps may be overwritten
  std::exception_ptr failure_;
  bool stopped_ = false;  // tells the thread to end
  std::thread thread_;
};

}  // namespace nce::data
