#include "nce/core/ops/reduction.h"

#include "nce/core/error.h"

namespace nce::detail {

Rows rows_of(const char* op, const Tensor& x, const Axes& axes, bool keepdim) {
  std::vector<bool> reduced(size_t(x.dim()), axes.all);
  for (int axis : axes.list) {
    const size_t d = size_t(normalize_dim(op, axis, x.dim()));
    check(!reduced[d], "{}: dimension {} is named twice", op, d);
    reduced[d] = true;
  }
  Rows r;
  std::vector<int> last;
  for (int d = 0; d < x.dim(); ++d) {
    const bool gone = reduced[size_t(d)];
    (gone ? last : r.order).push_back(d);
    (gone ? r.length : r.rows) *= x.shape()[d];
    r.kept.push_back(gone ? 1 : x.shape()[d]);
    if (!gone || keepdim) r.result.push_back(gone ? 1 : x.shape()[d]);
  }
  r.order.insert(r.order.end(), last.begin(), last.end());
  NoGrad no_grad;
  r.x = permute(x, r.order).contiguous();
  return r;
}

}  // namespace nce::detail
