#pragma once
#include <array>
#include <vector>

#include "nce/core/ops.h"
#include "nce/losses/temperature.h"

/// What every loss of pairs begins with: it checks its inputs, and makes rows whose dot products are the logits.
namespace nce::losses {

/// An error if z1, z2 are not two views: both must be (N, d), with N at least `least`. The error names `loss`.
void check_views(const char* loss, const Tensor& z1, const Tensor& z2, int64_t least = 1);

/// The same of two views or more.
void check_views(const char* loss, const std::vector<Tensor>& views, int64_t least = 1);

/// The same, and an error if an option is out of its range.
template <class O>
void check_loss(const char* loss, const Tensor& z1, const Tensor& z2, const O& options, int64_t least = 1) {
  check_views(loss, z1, z2, least);
  check_options(loss, options);
}
template <class O>
void check_loss(const char* loss, const std::vector<Tensor>& views, const O& options, int64_t least = 1) {
  check_views(loss, views, least);
  check_options(loss, options);
}

/// (N, d) -> (N, d): row i is z_i / (|z_i| sqrt(temperature)). The dot product of two such rows is a logit,
/// cos / temperature.
inline Tensor logit_rows(const Tensor& z, const Temperature& temperature) {
  return temperature.scale(normalize(z));
}

/// From z (N, d), rows a and b (N, d + 2) with a_i . b_k = -|z_i - z_k|^2 / 2: (x, -|x|^2 / 2, 1) and (y, 1, -|y|^2 / 2).
/// x and y are without their mean: then rows are short, and rounding errors small.
inline std::array<Tensor, 2> distance_rows(const Tensor& z) {
  const Tensor centred = z - mean(z, {0}, true).detach();
  const Tensor length = sum(square(centred), {1}, true) * -0.5, one = Tensor::ones(length.shape(), z.dtype());
  return {concatenate({centred, length, one}, 1), concatenate({centred, one, length}, 1)};
}

/// a_i . b_i for rows of a and b, (N, d) each: (N). For logit rows these are the logits of the positives.
inline Tensor paired(const Tensor& a, const Tensor& b) { return sum(a * b, 1); }

}  // namespace nce::losses
