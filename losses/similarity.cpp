#include "nce/losses/similarity.h"

#include <cmath>
#include <limits>

#include "nce/core/error.h"

namespace nce::losses {

void check_views(const char* loss, const Tensor& z1, const Tensor& z2, double temperature, int64_t least) {
  check(z1.dim() == 2 && z1.shape() == z2.shape(), "{}: two views of one shape (N, d) are needed, got {} and {}",
        loss, z1.shape(), z2.shape());
  check(z1.size(0) >= least, "{}: at least {} pairs are needed, got {}", loss, least, z1.size(0));
  check(temperature > 0 && std::isfinite(temperature), "{}: temperature must be positive, got {}", loss,
        temperature);
}

Tensor cosine_similarity(const Tensor& a, const Tensor& b, double temperature) {
  return matmul(normalize(a), t(normalize(b))) * (1 / temperature);
}

Tensor negatives_over_positive(const Tensor& s, const Tensor& positive, const Tensor& excluded) {
  const Tensor margin = s - unsqueeze(positive, 1);
  return logsumexp(masked_fill(margin, excluded, -std::numeric_limits<double>::infinity()), 1);
}

Tensor diagonal_mask(int64_t n, DType dtype) {
  Tensor mask = Tensor::zeros({n, n}, dtype);
  dispatch(dtype, [&]<class T>(T) {
    T* data = mask.mutable_data<T>();
    for (int64_t i = 0; i < n; ++i) data[i * n + i] = 1;
  });
  return mask;
}

}  // namespace nce::losses
