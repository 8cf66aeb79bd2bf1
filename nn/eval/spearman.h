#pragma once
#include <span>

namespace nce::nn {

/// Spearman's rank correlation of two lists of numbers, -1 .. 1: Pearson's correlation of their ranks. Equal numbers
/// share the mean of their ranks. 0 if one list is constant. Errors: different lengths, fewer than two numbers, a NaN.
double spearman(std::span<const double> x, std::span<const double> y);

}  // namespace nce::nn
