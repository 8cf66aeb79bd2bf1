#pragma once
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "nce/core/ops.h"
#include "nce/losses/check/conformance.h"

/// What the checks of conformance.h share.
namespace nce::losses::detail {

using Values = std::vector<double>;

inline constexpr double kUnrelated = HUGE_VAL;  ///< As `noise`: the views are independent.
/// Relative tolerance for f64 results of a few thousand operations in another order.
inline constexpr double kSame = 1e-9;

/// Views of some samples, (n, d) each.
struct Views {
  std::vector<Tensor> z;
  /// f(view, its number) of each.
  Views map(const std::function<Tensor(const Tensor&, size_t)>& f) const {
    Views mapped;
    for (size_t v = 0; v < z.size(); ++v) mapped.z.push_back(f(z[v], v));
    return mapped;
  }
  Views to(DType dtype) const {
    return map([&](const Tensor& x, size_t) { return x.to(dtype); });
  }
};

/// The value of a loss, and its gradient by each view (zeros if there is none).
struct Evaluation {
  double value;
  std::vector<Values> gradient;
};

/// What a check found. Only a property has an `answer`.
struct Outcome {
  bool holds;
  double measured;
  std::string text;
  std::string answer = {};
};

/// A loss under test, and its inputs.
struct Subject {
  const LossOfViews& loss;
  const ConformanceOptions& options;

  double tau() const { return options.temperature; }
  double low() const { return options.low_temperature; }
  Key key() const { return Key(options.seed); }

  /// Views of n random rows, about sqrt(d) long. Each view after the first is the first plus `noise` times random rows.
  Views views(int64_t n, int64_t d, double noise, DType dtype = DType::f64) const;
  /// The same tensor as each view.
  Views repeated(const Tensor& z) const { return {std::vector<Tensor>(size_t(options.num_views), z)}; }
  /// For most checks: 64 pairs in 8 dimensions.
  Views usual(DType dtype = DType::f64) const { return views(64, 8, 0.5, dtype); }

  Evaluation evaluate(const Views& views, double temperature) const;
  double value(const Views& views, double temperature) const;
  double value(const Views& views) const { return value(views, tau()); }
};

/// Adds the finding of `check`, with the verdict `good` if it holds. An exception becomes a failure.
void examine(ConformanceReport& report, const std::string& name, Verdict good,
             const std::function<Outcome()>& check);

/// |a - b|; infinite if one is NaN.
double apart(double a, double b);
/// Largest magnitude; infinite if one is NaN.
double largest(const Values& v);
/// Largest magnitude in all gradients.
double slope(const Evaluation& e);
double value_difference(double value, double reference);  ///< Relative if |reference| > 1.
/// Largest difference of the gradients, relative to the largest entry of the reference.
double gradient_difference(const Evaluation& e, const Evaluation& reference);
/// Unit vectors first, first + 1, ...: (n, d).
Tensor unit_vectors(int64_t n, int64_t d, int64_t first = 0);
/// n times the first unit vector: (n, d).
Tensor one_point(int64_t n, int64_t d);

/// Adds what must hold (checks.cpp). False if the loss gives no number; then nothing else can be checked.
bool add_checks(const Subject& subject, ConformanceReport& report);
/// Adds what describes the loss (properties.cpp).
void add_properties(const Subject& subject, ConformanceReport& report);

}  // namespace nce::losses::detail
