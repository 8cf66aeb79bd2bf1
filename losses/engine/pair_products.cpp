#include "nce/losses/engine/pair_products.h"

#include "nce/core/error.h"

namespace nce::losses {

void check_rows(const char* op, const Tensor& a, const Tensor& b, Exclude exclude) {
  check(a.dim() == 2 && b.dim() == 2 && a.size(1) == b.size(1) && a.dtype() == b.dtype(),
        "{}: rows of one length and one dtype are needed, got {} {} and {} {}", op, a.shape(), to_string(a.dtype()),
        b.shape(), to_string(b.dtype()));
  check(a.size(0) >= 1 && b.size(0) >= 1 && a.size(1) >= 1, "{}: nothing to multiply in {} and {}", op, a.shape(),
        b.shape());
  if (exclude == Exclude::self_and_pair)
    check(a.size(0) == b.size(0) && a.size(0) % 2 == 0,
          "{}: two views one below the other are needed, got {} and {} rows", op, a.size(0), b.size(0));
}

}  // namespace nce::losses
