#pragma once
#include "nce/core/options.h"
#include "nce/core/tensor.h"

namespace nce::losses {

/// The temperature of a loss: a number, `{.temperature = 0.2}`, or a learned one as in CLIP (Radford et al., 2021).
///
/// A learned temperature has one parameter, log(1 / temperature). Before each use it is limited, so that 1 /
/// temperature is at most 100. Copies share the parameter.
class Temperature {
 public:
  Temperature(double value) : value_(value) {}  // NOLINT: implicit, so that a number is one

  /// Makes `log_scale`, which starts at the present value. A temperature below 0.01 is an error, as the limit would change it.
  void learn();
  /// The option `learn_temperature`: whether training is to call `learn`.
  bool learned = false;
  /// The parameter, one element: log(1 / temperature). Undefined: the temperature is a number.
  Tensor log_scale = {};

  /// The temperature now.
  double value() const;
  /// `rows` (N, d) times sqrt(1 / temperature). The gradient reaches the learned parameter too.
  Tensor scale(const Tensor& rows) const;

  /// "temperature", above 0; and where `can_learn` the flag "learn_temperature".
  void fields(Options& o, bool can_learn = false);

 private:
  double value_;
};

}  // namespace nce::losses
