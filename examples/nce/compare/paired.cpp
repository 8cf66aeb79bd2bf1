#include "compare/paired.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nce::cli {

// Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4: a finite sum for whole degrees.
double student_tails(double t, int64_t degrees) {
  if (std::isnan(t) || degrees < 1) return NAN;
  const double angle = std::atan(std::abs(t) / std::sqrt(double(degrees))), cosine = std::cos(angle);
  const bool odd = degrees % 2 == 1;
  double term = odd ? cosine : 1, sum = 0;
  for (int64_t k = odd ? 1 : 0; k <= degrees - 2; k += 2) {
    sum += term;
    term *= cosine * cosine * double(k + 1) / double(k + 2);
  }
  const double inside = odd ? 2 / std::numbers::pi * (angle + std::sin(angle) * sum) : std::sin(angle) * sum;
  return std::max(0.0, 1 - inside);
}

Paired paired_t_test(std::span<const double> differences) {
  Paired paired{.pairs = int64_t(differences.size()), .error = NAN, .p = NAN};
  const auto n = double(differences.size());
  for (const double d : differences) paired.mean += d / n;
  if (differences.size() < 2) return paired;
  double squares = 0;
  for (const double d : differences) squares += std::pow(d - paired.mean, 2);
  paired.error = std::sqrt(squares / (n - 1) / n);
  if (paired.error > 1e-12 * std::abs(paired.mean))
    paired.p = student_tails(paired.mean / paired.error, paired.pairs - 1);
  return paired;
}

}  // namespace nce::cli
