#pragma once
#include <span>
#include <vector>

#include "nce/core/blas.h"
#include "nce/core/linalg.h"
#include "nce/core/tensor.h"

namespace nce::nn {

/// Coordinates u with w = L^-T u for the weights w of a class, where L L^T = x^T x / (n classes) + l2: about the
/// Hessian of a linear probe on centred features x (n, d).
class Preconditioner {
 public:
  template <class T>
  Preconditioner(const Tensor& x, int64_t classes, double l2, T) : d_(x.size(1)), classes_(classes) {
    const int64_t n = x.size(0);
    std::vector<T> gram(size_t(d_ * d_));
    gemm<T>(true, false, d_, d_, n, T(1 / double(n * classes)), x.data<T>(), d_, x.data<T>(), d_, 0, gram.data(),
            d_);
    double more = l2 + 1e-6;  // above 0 even if l2 is 0 and features are equal; rounding in T may need still more
    do {
      l_.assign(gram.begin(), gram.end());
      for (int64_t i = 0; i < d_; ++i) l_[size_t(i * d_ + i)] += more;
      more *= 10;
    } while (!cholesky(l_, d_));
  }
  void to_weights(std::span<double> theta) const {  // u -> L^-T u, for each class
    for (int64_t c = 0; c < classes_; ++c)
      for (int64_t i = d_; i-- > 0;) {
        const double value = theta[size_t(c * d_ + i)] /= l_[size_t(i * d_ + i)];
        for (int64_t k = 0; k < i; ++k) theta[size_t(c * d_ + k)] -= l_[size_t(i * d_ + k)] * value;
      }
  }
  void to_slopes(std::span<double> gradient) const {  // g -> L^-1 g
    for (int64_t c = 0; c < classes_; ++c)
      for (int64_t i = 0; i < d_; ++i) {
        double sum = gradient[size_t(c * d_ + i)];
        for (int64_t k = 0; k < i; ++k) sum -= l_[size_t(i * d_ + k)] * gradient[size_t(c * d_ + k)];
        gradient[size_t(c * d_ + i)] = sum / l_[size_t(i * d_ + i)];
      }
  }

 private:
  int64_t d_, classes_;
  std::vector<double> l_;
};

}  // namespace nce::nn
