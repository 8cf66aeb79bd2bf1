#pragma once
#include <cstdint>
#include <vector>

// By the back end (core/backend/): LAPACK, or own code.
namespace nce {

/// The n eigenvalues of a symmetric matrix (n, n), row-major. Ascending, exact to about 1e-15 of the largest
/// magnitude. Reduction to a tridiagonal matrix, 4/3 n^3 operations, then QR steps (LAPACK's `dsyev`). One thread, so the
/// same bits for any number of threads. If an element is not finite, all eigenvalues are NaN.
std::vector<double> symmetric_eigenvalues(std::vector<double> matrix, int64_t n);

/// Eigenvalues, and for each a unit vector: row i of `vectors` (n, n) belongs to `values[i]`.
struct Eigensystem {
  std::vector<double> values, vectors;
};
/// The eigenvalues, the same but for their last digits, with their vectors. A vector may be multiplied by -1: its largest component, the first of equal ones, is
/// above 0.
Eigensystem symmetric_eigensystem(std::vector<double> matrix, int64_t n);

/// A symmetric positive definite matrix (n, n), row-major, becomes the lower triangle L of L L^T; what is above the diagonal
/// is unspecified. False where it is not positive definite; it then is unspecified.
bool cholesky(std::vector<double>& matrix, int64_t n);

/// Solves a x = b; a is (n, n), row-major. `b` becomes x. Elimination with pivoting. False where a is
/// singular or not finite; b then is unspecified.
bool solve(const std::vector<double>& a, std::vector<double>& b);

}  // namespace nce
