#pragma once
#include "nce/core/ops.h"

/// What the debiased and the hard-negative InfoNCE share.
namespace nce::losses {

/// Takes the share `tau_plus` of positives off the sum of M `count` negatives, all as logarithms over the
/// positive's exponential: `negatives` (N) holds log(sum / exp(s+)), `positive` s+; the result is
///
///     log max( (sum - tau_plus M exp(s+)) / (1 - tau_plus), M exp(-1 / temperature) ) - s+
///
/// Nothing leaves the logarithms, in which low temperatures do not overflow.
Tensor debias(const Tensor& negatives, const Tensor& positive, double count, double tau_plus, double temperature);

}  // namespace nce::losses
