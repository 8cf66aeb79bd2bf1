#pragma once
#include <cstdint>
#include <span>

namespace nce::cli {

/// A sample beside another one, value by value.
struct Paired {
  int64_t pairs = 0;
  double mean = 0;   ///< Of the differences.
  double error = 0;  ///< Standard error of the mean; NaN for fewer than two pairs.
  /// Two-sided, of the paired t-test: how often chance alone makes so large a mean if the differences are normal around 0.
  /// NaN for fewer than two pairs, and where all differences are the same. As scipy.stats.ttest_rel.
  double p = 1;
};

/// Differences, two samples' values in pairs, less the second.
Paired paired_t_test(std::span<const double> differences);

/// The share of Student's t distribution with `degrees` of freedom beyond |t|, on both sides.
double student_tails(double t, int64_t degrees);

}  // namespace nce::cli
