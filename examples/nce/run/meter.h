#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "nce/core/tensor.h"
#include "run/status_line.h"

namespace nce::cli {

/// How far a command is that has several stages, on standard error. On a terminal: a line that is drawn over,
/// "random conv4, seed 1: 12,000 of 60,000, left 0:31". Elsewhere: such a line each half minute.
class Meter {
 public:
  /// Begins a stage. `total` is what it counts to; 0: it does not count.
  void stage(std::string name, int64_t total = 0);
  /// `name`, if not empty, is what it does now.
  void add(int64_t done, const std::string& name = "");
  void clear() { status_.clear(); }

 private:
  void show();
  using Clock = std::chrono::steady_clock;
  StatusLine status_;
  std::string name_;
  int64_t total_ = 0, done_ = 0;
  Clock::time_point start_, last_ = Clock::now();
};

/// Gives `take` the features of examples, some at a time.
void each_part(std::span<const int> examples, const std::function<Tensor(std::span<const int> part)>& features,
               Meter& meter, const std::function<void(const Tensor& part)>& take);
/// The features of examples, (N, d): some at a time, and the activations of each part are given back before the next.
Tensor features_in_parts(std::span<const int> examples,
                         const std::function<Tensor(std::span<const int> part)>& features, Meter& meter);

}  // namespace nce::cli
