#include "nce/losses/engine/similarity.h"

#include "nce/core/error.h"

namespace nce::losses {

void check_views(const char* loss, const Tensor& z1, const Tensor& z2, int64_t least) {
  check(z1.dim() == 2 && z1.shape() == z2.shape(), "{}: views of one shape (N, d) are needed, got {} and {}", loss,
        z1.shape(), z2.shape());
  check(z1.size(1) >= 1, "{}: embeddings of at least 1 dimension are needed, got {}", loss, z1.shape());
  check(z1.size(0) >= least, "{}: at least {} pairs are needed, got {}", loss, least, z1.size(0));
}

void check_views(const char* loss, const std::vector<Tensor>& views, int64_t least) {
  check(views.size() >= 2, "{}: at least 2 views are needed, got {}", loss, views.size());
  for (size_t v = 1; v < views.size(); ++v) check_views(loss, views[0], views[v], least);
}

}  // namespace nce::losses
