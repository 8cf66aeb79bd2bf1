#include "nce/core/linalg.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nce/core/error.h"

namespace nce {
namespace {

constexpr double kRounding = std::numeric_limits<double>::epsilon() / 2, kNothing = 1e-20;  // for elements up to 1

// A symmetric tridiagonal matrix. off[i], 0 < i < n, is between diagonal[i - 1] and diagonal[i].
struct Tridiagonal {
  std::vector<double> diagonal, off;
};

// From the last row up. H = I - h v v^T turns row k into (0, ..., 0, off[k]), and the k x k block A before it into
//   H A H = A - v q^T - q v^T,   q = p - (h v.p / 2) v,   p = h A v.
Tridiagonal tridiagonal(std::vector<double>& a, int64_t n) {
  Tridiagonal result{std::vector<double>(size_t(n)), std::vector<double>(size_t(n + 1))};
  std::vector<double> work(static_cast<size_t>(n));
  double* q = work.data();
  for (int64_t k = n - 1; k > 0; --k) {
    double* v = &a[size_t(k * n)];  // row k is not needed again: v overwrites it
    result.diagonal[size_t(k)] = v[k];
    double largest = 0, squares = 0;
    for (int64_t j = 0; j < k; ++j) largest = std::max(largest, std::abs(v[j]));
    if (largest == 0) continue;  // the row is already zero
    for (int64_t j = 0; j < k; ++j) squares += (v[j] / largest) * (v[j] / largest);
    const double norm = largest * std::sqrt(squares), last = v[k - 1];
    const double off = last > 0 ? -norm : norm;  // this sign avoids cancellation in last - off
    result.off[size_t(k)] = off;
    const double h = (off - last) / off;
    for (int64_t j = 0; j < k; ++j) v[j] /= last - off;
    v[k - 1] = 1;

    std::fill_n(q, k, 0.0);
    for (int64_t i = 0; i < k; ++i) {
      const double* row = &a[size_t(i * n)];
      const double weight = h * v[i];
      for (int64_t j = 0; j < k; ++j) q[j] += weight * row[j];
    }
    double vp = 0;
    for (int64_t j = 0; j < k; ++j) vp += v[j] * q[j];
    for (int64_t j = 0; j < k; ++j) q[j] -= h * vp / 2 * v[j];
    for (int64_t i = 0; i < k; ++i) {
      double* row = &a[size_t(i * n)];
      for (int64_t j = 0; j < k; ++j) row[j] -= v[i] * q[j] + q[i] * v[j];
    }
  }
  result.diagonal[0] = a[0];
  return result;
}

// QL steps with implicit shifts, on the block that starts at l, until its first off-diagonal element is 0.
std::vector<double> eigenvalues(Tridiagonal matrix) {
  const int64_t n = int64_t(matrix.diagonal.size());
  double* d = matrix.diagonal.data();
  double* e = matrix.off.data() + 1;  // e[i] is between d[i] and d[i + 1]
  for (int64_t l = 0; l < n; ++l)
    for (int round = 0;; ++round) {
      int64_t m = l;  // the end of the block
      while (m + 1 < n && std::abs(e[m]) > kRounding * (std::abs(d[m]) + std::abs(d[m + 1])) + kNothing) ++m;
      if (m == l) break;
      check(round < 100, "symmetric_eigenvalues: no convergence");
      double g = (d[l + 1] - d[l]) / (2 * e[l]);
      g = d[m] - d[l] + e[l] / (g + std::copysign(std::hypot(g, 1), g));
      double s = 1, c = 1, p = 0;
      int64_t i = m - 1;
      for (; i >= l; --i) {
        const double f = s * e[i], b = c * e[i], r = std::sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r == 0) break;  // the block splits at i + 1
        s = f / r, c = g / r;
        g = d[i + 1] - p;
        const double t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
      }
      if (i >= l) {
        d[i + 1] -= p;
      } else {
        d[l] -= p;
        e[l] = g;
      }
      e[m] = 0;  // it was 0, then held a value of the first rotation
    }
  std::sort(matrix.diagonal.begin(), matrix.diagonal.end());
  return matrix.diagonal;
}

}  // namespace

std::vector<double> symmetric_eigenvalues(std::vector<double> matrix, int64_t n) {
  check(n >= 0 && int64_t(matrix.size()) == n * n, "symmetric_eigenvalues: {} elements are not a matrix ({}, {})",
        matrix.size(), n, n);
  double largest = 0;
  for (const double x : matrix) {
    if (!std::isfinite(x)) return std::vector<double>(size_t(n), std::numeric_limits<double>::quiet_NaN());
    largest = std::max(largest, std::abs(x));
  }
  if (largest == 0) return std::vector<double>(size_t(n));
  for (double& x : matrix) x /= largest;  // products of elements then cannot overflow or underflow
  std::vector<double> values = eigenvalues(tridiagonal(matrix, n));
  for (double& value : values) value *= largest;
  return values;
}

}  // namespace nce
