#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "nce/core/backend/backend.h"

namespace nce::plain {
namespace {

double dot(const double* x, const double* y, int64_t n) { return std::inner_product(x, x + n, y, 0.0); }

// y += factor x
void add(double factor, const double* x, double* y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

// A symmetric matrix `a` to T = Q^T a Q, which has three diagonals: `diagonal`, and beside[i] at (i, i + 1). With `vectors`
// `a` becomes Q^T. Householder's reflections I - h v v^T, from the last row on (Golub and Van Loan, Matrix Computations,
// algorithm 8.3.1).
void to_tridiagonal(bool vectors, double* a, int64_t n, double* diagonal, double* beside) {
  std::vector<double> work(size_t(2 * n));
  double *const p = work.data(), *const factor = p + n;
  for (int64_t m = n - 1; m > 0; --m) {
    double* v = a + m * n;  // of its first m elements the last one stays
    const double last = v[m - 1], norm = std::sqrt(dot(v, v, m));
    const bool done = dot(v, v, m - 1) == 0;
    diagonal[m] = v[m];
    beside[m - 1] = done ? last : last > 0 ? -norm : norm;
    if (done) continue;
    v[m - 1] -= beside[m - 1];
    const double h = factor[m] = 1 / (norm * (norm + std::abs(last)));  // 2 / |v|^2
    std::fill_n(p, m, 0);
    for (int64_t i = 0; i < m; ++i) add(h * v[i], a + i * n, p, m);
    add(-h / 2 * dot(p, v, m), v, p, m);
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < m; ++j) a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
  }
  diagonal[0] = a[0];
  for (int64_t m = 0; vectors && m < n; ++m) {  // the reflections act on rows 0 .. m - 1, and row m begins
    double* v = a + m * n;
    for (int64_t i = 0; i < m; ++i) add(-factor[m] * dot(v, a + i * n, m), v, a + i * n, m);
    std::fill_n(v, n, 0), v[m] = 1;
  }
}

// QL steps with implicit shifts (Wilkinson): `diagonal` becomes the eigenvalues. Rows of `vectors` turn along; it may be
// null. beside[n - 1] is room.
bool to_diagonal(int64_t n, double* diagonal, double* beside, double* vectors) {
  double largest = 0;
  for (int64_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(diagonal[i]) + std::abs(beside[i]));
  const double nothing = largest * std::numeric_limits<double>::epsilon() / 4;
  for (int64_t first = 0; first < n; ++first)
    for (int step = 0;; ++step) {
      int64_t last = first;  // rows first .. last do not touch the others
      while (last + 1 < n && std::abs(beside[last]) > nothing) ++last;
      if (last == first) break;
      if (step == 100) return false;
      const double slope = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first]);
      double g =
          diagonal[last] - diagonal[first] + beside[first] / (slope + std::copysign(std::hypot(slope, 1.0), slope));
      double sine = 1, cosine = 1, shift = 0;
      int64_t i = last - 1;
      for (; i >= first; --i) {
        const double f = sine * beside[i], b = cosine * beside[i], length = std::hypot(f, g);
        beside[i + 1] = length;
        if (length == 0) break;  // it fell in two on the way
        sine = f / length, cosine = g / length;
        g = diagonal[i + 1] - shift;
        const double r = (diagonal[i] - g) * sine + 2 * cosine * b;
        shift = sine * r;
        diagonal[i + 1] = g + shift;
        g = cosine * r - b;
        for (int64_t k = 0; vectors && k < n; ++k) {
          double &x = vectors[i * n + k], &y = vectors[(i + 1) * n + k];
          const double turned = sine * x + cosine * y;
          x = cosine * x - sine * y, y = turned;
        }
      }
      diagonal[i + 1] -= shift;
      if (i < first) beside[first] = g;
      beside[last] = 0;
    }
  return true;
}

}  // namespace

bool eigen(bool vectors, std::vector<double>& matrix, int64_t n, std::vector<double>& values) {
  // Squares must neither overflow nor vanish.
  double largest = 0;
  for (const double x : matrix) largest = std::max(largest, std::abs(x));
  for (double& x : matrix) x /= largest > 0 ? largest : 1;
  values.assign(size_t(n), 0);
  std::vector<double> beside(size_t(n), 0);
  to_tridiagonal(vectors, matrix.data(), n, values.data(), beside.data());
  if (!to_diagonal(n, values.data(), beside.data(), vectors ? matrix.data() : nullptr)) return false;
  for (double& x : values) x *= largest;
  if (!vectors) {
    std::sort(values.begin(), values.end());
    return true;
  }
  for (auto to = values.begin(); to != values.end(); ++to) {
    const auto from = std::min_element(to, values.end());
    const auto row = [&](auto at) { return matrix.begin() + (at - values.begin()) * n; };
    if (from == to) continue;
    std::iter_swap(from, to), std::swap_ranges(row(from), row(from) + n, row(to));
  }
  return true;
}

bool cholesky(std::vector<double>& matrix, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      double *const x = matrix.data() + i * n, *const y = matrix.data() + j * n;
      const double rest = x[j] - dot(x, y, j);
      if (i == j && !(rest > 0)) return false;
      x[j] = i == j ? std::sqrt(rest) : rest / y[j];
    }
  return true;
}

bool solve(const std::vector<double>& a, std::vector<double>& b) {
  const int64_t n = int64_t(b.size());
  std::vector<double> work = a;
  const auto row = [&](int64_t i) { return work.data() + i * n; };
  for (int64_t k = 0; k < n; ++k) {
    int64_t pivot = k;
    for (int64_t i = k + 1; i < n; ++i)
      if (std::abs(row(i)[k]) > std::abs(row(pivot)[k])) pivot = i;
    if (row(pivot)[k] == 0) return false;
    if (pivot != k) std::swap_ranges(row(k), row(k) + n, row(pivot)), std::swap(b[size_t(k)], b[size_t(pivot)]);
    for (int64_t i = k + 1; i < n; ++i) {
      const double factor = row(i)[k] / row(k)[k];
      add(-factor, row(k), row(i), n), b[size_t(i)] -= factor * b[size_t(k)];
    }
  }
  for (int64_t i = n; i-- > 0;)
    b[size_t(i)] = (b[size_t(i)] - dot(row(i) + i + 1, b.data() + i + 1, n - i - 1)) / row(i)[i];
  return true;
}

}  // namespace nce::plain
