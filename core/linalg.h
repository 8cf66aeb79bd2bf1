#pragma once
#include <cstdint>
#include <vector>

namespace nce {

/// The n eigenvalues of a symmetric matrix (n, n), row-major. Ascending, exact to about 1e-15 of the largest
/// magnitude. Householder's reduction to a tridiagonal matrix, 2 n^3 operations, then QL with implicit shifts
/// (Wilkinson and Reinsch, Handbook for Automatic Computation II, 1971, contributions II/2 and II/4). One thread.
/// If an element is not finite, all eigenvalues are NaN.
std::vector<double> symmetric_eigenvalues(std::vector<double> matrix, int64_t n);

}  // namespace nce
