#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/ops.h"

namespace nce::losses {

/// The loss of multi-crop (Caron et al., "Unsupervised Learning of Visual Features by Contrasting Cluster Assignments",
/// NeurIPS 2020, eq. 6; DINO: Caron et al., ICCV 2021, eq. 3): each view of a sample against its large views.
///
///     L = mean over large views q and other views v of loss(z_v, z_q),   v != q
///
/// `z`: the embeddings (N, d) of V views, first those of the `large` large views. There are large (V - 1) pairs of views.
/// Two small views are never a pair. `loss` is any loss of two views. With `[](auto& a, auto& b) { return info_nce(a, b); }`
/// the rows of v are anchors, and the N rows of q candidates. If the loss is symmetric, small views are candidates too.
///
/// - two large views and no small ones: the mean of both directions
/// - collapsed embeddings: as `loss`
/// Errors: no large view, fewer than two views.
inline Tensor multi_crop(const std::vector<Tensor>& z, int64_t large,
                         const std::function<Tensor(const Tensor& z_v, const Tensor& z_q)>& loss) {
  const int64_t all = int64_t(z.size());
  check(all >= 2 && large >= 1 && large <= all, "multi_crop: {} of {} views cannot be large ones; at least 1 of 2",
        large, all);
  std::vector<Tensor> pairs;
  for (int64_t q = 0; q < large; ++q)
    for (int64_t v = 0; v < all; ++v)
      if (v != q) pairs.push_back(loss(z[size_t(v)], z[size_t(q)]));
  return mean(stack(pairs));
}

}  // namespace nce::losses
