#pragma once
#include <span>

namespace nce::nn {

/// Spearman's rank correlation of two lists of numbers: Pearson's of their ranks, where equal numbers share the mean of their
/// ranks. -1 .. 1. 0 where one of them is constant: it tells nothing. Errors: different lengths, fewer than two, a NaN.
double spearman(std::span<const double> x, std::span<const double> y);

}  // namespace nce::nn
