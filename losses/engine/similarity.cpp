#include "nce/losses/engine/similarity.h"

#include "nce/core/error.h"

namespace nce::losses {

void check_views(const char* loss, const Tensor& z1, const Tensor& z2, int64_t least) {
  check(z1.dim() == 2 && z1.shape() == z2.shape(), "{}: two views of one shape (N, d) are needed, got {} and {}",
        loss, z1.shape(), z2.shape());
  check(z1.size(0) >= least, "{}: at least {} pairs are needed, got {}", loss, least, z1.size(0));
}

}  // namespace nce::losses
