#pragma once
#include "nce/core/options.h"
#include "nce/core/tensor.h"

namespace nce::losses {

/// The temperature of a loss: a number, `{.temperature = 0.2}`, or one that is learned, as in CLIP (Radford et al.,
/// 2021): then log(1 / temperature) is a parameter, and 1 / temperature is held to at most 100.
///
/// Copies share the learned parameter.
class Temperature {
 public:
  Temperature(double value) : value_(value) {}  // NOLINT: implicit, so that a number is one

  /// From here on it is learned, starting with its present value: makes the parameter `log_scale`.
  void learn();
  /// Whether it is to be learned (`--learn-temperature`), and the parameter: one element, log(1 / temperature).
  /// Undefined while it is just a number.
  bool learned = false;
  Tensor log_scale = {};

  /// The temperature as it is now.
  double value() const;
  /// (N, d) times sqrt(1 / temperature): differentiable by the learned parameter too.
  Tensor scale(const Tensor& unit_rows) const;

  /// "temperature", and where `can_learn` the flag "learn_temperature".
  void fields(Options& o, bool can_learn);

 private:
  double value_;
};

}  // namespace nce::losses
