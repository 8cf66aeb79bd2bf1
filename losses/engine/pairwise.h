#pragma once
#include <functional>
#include <utility>

#include "nce/core/tensor.h"

/// The engine under the losses: what a loss needs of all pairs (i, k) of rows, without a matrix of them.
/// Similarities s_ik = a_i . b_k are made tile by tile, used and dropped, and made again in the backward pass:
/// memory is O(N d), not O(N^2). Both passes run in parallel and give the same bits for any number of threads.
///
/// Floor, the arithmetic: 2 N M d operations forward and 4 or 6 N M d backward (tiles are made again where a cache
/// does not hold them), half of each for a = b, and an exponential a pair and pass. With d = 128 and one thread,
/// the products alone would take two thirds of the time.
///
/// What a loss does with the results, (N) or a scalar, are ordinary operations:
///
///     const Tensor a = logit_rows(z1, temperature), b = logit_rows(z2, temperature), positive = paired(a, b);
///     return mean(logsumexp_pairs(a, b, {.exclude = Exclude::self, .minus = positive}));  // DCL
namespace nce::losses {

/// The pairs (i, k) that a reduction leaves out.
enum class Exclude {
  nothing,
  self,           ///< k = i
  self_and_pair,  ///< of 2N rows, two views one below the other: k = i and the other view, k = i + N or i - N
};

struct LogsumexpOptions {
  Exclude exclude = Exclude::nothing;
  /// (N), one a row; undefined: 0. Taken off before anything is rounded, so that a loss near 0 keeps its digits at
  /// low temperatures, where s and the logarithm are large and nearly equal.
  Tensor minus = {};
  /// Adds the other direction, for as many rows in b as in a: (2, N), first by rows of a, then by rows of b.
  bool both_directions = false;
};

/// log sum_k exp(a_i . b_k - minus_i) for each row i of a (N, d), over the rows k of b (M, d): (N). A row with no k
/// left is -inf.
///
/// With the logit of the positive as `minus` and the negatives as k, it is the loss of DCL by row, and its softplus
/// that of InfoNCE:
///
///     -log( exp(s+) / (exp(s+) + sum exp(s_k)) ) = log(1 + sum exp(s_k - s+)) = softplus(log sum exp(s_k - s+))
Tensor logsumexp_pairs(const Tensor& a, const Tensor& b, const LogsumexpOptions& options = {});
/// The same among the rows of z (N, d), a = b = z, at half the work: s is symmetric.
Tensor logsumexp_pairs(const Tensor& z, const LogsumexpOptions& options = {.exclude = Exclude::self});

/// A function h of a similarity and its derivative, over n similarities at once; where only one of `value` and
/// `slope` is wanted, the other is null.
template <class T>
using PairFunctionOf = std::function<void(const T* s, int64_t n, T* value, T* slope)>;

/// h in both precisions, made from one generic callable: `[]<class T>(const T* s, int64_t n, T* value, T* slope)`.
struct PairFunction {
  template <class H>
  PairFunction(H h) : f32(h), f64(std::move(h)) {}  // NOLINT: implicit on purpose
  PairFunctionOf<float> f32;
  PairFunctionOf<double> f64;
};

/// sum over pairs (i, k) of h(a_i . b_k), rows i of a (N, d) and k of b (M, d): a scalar.
Tensor sum_pairs(const Tensor& a, const Tensor& b, const PairFunction& h, Exclude exclude = Exclude::nothing);
/// The same among the rows of z (N, d), each pair in both orders, at half the work.
Tensor sum_pairs(const Tensor& z, const PairFunction& h, Exclude exclude = Exclude::self);

}  // namespace nce::losses
