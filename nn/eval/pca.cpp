#include "nce/nn/eval/pca.h"

#include <algorithm>
#include <cmath>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/linalg.h"
#include "nce/core/ops.h"
#include "nce/nn/eval/checks.h"

namespace nce::nn {

double Pca::explained(int count) const {
  double first = 0, all = 0;
  for (size_t i = 0; i < variance.size(); ++i) all += variance[i], first += i < size_t(count) ? variance[i] : 0;
  return all > 0 ? first / all : 1;
}

Tensor Pca::project(const Tensor& features) const {
  const NoGrad no_grad;
  return matmul(features.detach().to(DType::f64) - mean, transpose(components, 0, 1)).to(features.dtype());
}

Pca fit_pca(const Tensor& features, int k) {
  const NoGrad no_grad;
  const Tensor x = checked_features("pca", "features", features).to(DType::f64);
  const int64_t n = x.size(0), d = x.size(1);
  check(n >= 2, "pca: one row does not vary; two are needed");
  check(k >= 1 && k <= d, "pca: {} components of features with {} columns", k, d);
  Pca pca;
  pca.mean = mean(x, 0);
  const Tensor centred = x - pca.mean;
  const auto covariance = (matmul(transpose(centred, 0, 1), centred) / double(n - 1)).to_vector<double>();
  const Eigensystem found = symmetric_eigensystem(covariance, d);
  std::vector<double> rows;
  for (int64_t i = d - 1; i >= d - k; --i)
    rows.insert(rows.end(), found.vectors.begin() + i * d, found.vectors.begin() + (i + 1) * d);
  pca.components = Tensor::from(rows, {k, d});
  for (int64_t i = d - 1; i >= std::max<int64_t>(0, d - n); --i)
    pca.variance.push_back(std::max(0.0, found.values[size_t(i)]));
  return pca;
}

}  // namespace nce::nn
