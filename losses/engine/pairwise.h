#pragma once
#include <functional>
#include <utility>

#include "nce/core/tensor.h"

/// The engine under the losses: reductions over all pairs (i, k) of rows, without an N x M matrix. a: (N, d), b:
/// (M, d), similarities s_ik = a_i . b_k. They are computed tile by tile, used and dropped; the backward pass computes
/// them again. Memory is O(N d). Both passes run in parallel, with the same bits for any number of threads.
///
/// What takes the time is arithmetic: 2 N M d operations forward, and 4 to 6 N M d backward (6 if the cache cannot keep
/// the tiles). Half of that for a = b. There is also one exponential for each pair and pass. With d = 128 and one
/// thread the products take two thirds of the time.
///
/// The results, (N) or a scalar, go into ordinary operations:
///
///     const Tensor a = logit_rows(z1, temperature), b = logit_rows(z2, temperature), positive = paired(a, b);
///     return mean(logsumexp_pairs(a, b, {.exclude = Exclude::self, .minus = positive}));  // DCL
namespace nce::losses {

/// Pairs (i, k) that a reduction leaves out.
enum class Exclude {
  nothing,
  self,           ///< k = i
  self_and_pair,  ///< Of 2N rows, the second view below the first: k = i, and the other view k = i + N or i - N.
};

struct LogsumexpOptions {
  Exclude exclude = Exclude::nothing;
  /// (N), one for each row; undefined: 0. It is subtracted before anything is rounded. At low temperatures s and the
  /// logarithm are large and nearly equal; so a loss near 0 keeps its digits.
  Tensor minus = {};
  /// Also the other direction, if N = M: (2, N), first by rows of a, then by rows of b.
  bool both_directions = false;
};

/// log sum_k exp(a_i . b_k - minus_i) for each row i. a: (N, d), b: (M, d) -> (N). -inf where no k is left.
///
/// If `minus` is the positive's logit s+ and the k are the negatives, this is the loss of DCL for each row. Its
/// softplus is the loss of InfoNCE:
///
///     -log( exp(s+) / (exp(s+) + sum exp(s_k)) ) = log(1 + sum exp(s_k - s+)) = softplus(log sum exp(s_k - s+))
Tensor logsumexp_pairs(const Tensor& a, const Tensor& b, const LogsumexpOptions& options = {});
/// a = b = z, (N, d) -> (N), at half the work: s is symmetric.
Tensor logsumexp_pairs(const Tensor& z, const LogsumexpOptions& options = {.exclude = Exclude::self});

/// A function h of a similarity, and its derivative, for n similarities at once. `value` or `slope` is null if it is
/// not wanted.
template <class T>
using PairFunctionOf = std::function<void(const T* s, int64_t n, T* value, T* slope)>;

/// h in both precisions, from one generic callable: `[]<class T>(const T* s, int64_t n, T* value, T* slope)`.
struct PairFunction {
  template <class H>
  PairFunction(H h) : f32(h), f64(std::move(h)) {}  // NOLINT: implicit on purpose
  PairFunctionOf<float> f32;
  PairFunctionOf<double> f64;
};

/// sum_ik h(a_i . b_k). a: (N, d), b: (M, d) -> a scalar.
Tensor sum_pairs(const Tensor& a, const Tensor& b, const PairFunction& h, Exclude exclude = Exclude::nothing);
/// sum_k h(a_i . b_k) of each row i: (N). The same tensor twice costs half.
Tensor sum_pairs_by_row(const Tensor& a, const Tensor& b, const PairFunction& h,
                        Exclude exclude = Exclude::nothing);
/// a = b = z, (N, d): each pair in both orders, at half the work.
Tensor sum_pairs(const Tensor& z, const PairFunction& h, Exclude exclude = Exclude::self);
/// h(x), element by element, for similarities x of any shape.
Tensor map_pairs(const Tensor& x, const PairFunction& h);

}  // namespace nce::losses
