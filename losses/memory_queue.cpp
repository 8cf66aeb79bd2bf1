#include "nce/losses/memory_queue.h"

#include <algorithm>
#include <cmath>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"

namespace nce::losses {

MemoryQueue::MemoryQueue(int64_t capacity, int64_t dim, Key key, DType dtype) {
  check(capacity >= 1 && dim >= 1, "MemoryQueue: at least one row of one element is needed, got {} of {}", capacity,
        dim);
  rows_ = normalize(Tensor::randn({capacity, dim}, key, dtype));
}

void MemoryQueue::push(const Tensor& keys) {
  check(keys.dim() == 2 && keys.size(1) == rows_.size(1) && keys.dtype() == rows_.dtype(),
        "MemoryQueue: rows of {} elements of {} are needed, got {} {}", rows_.size(1), to_string(rows_.dtype()),
        keys.shape(), to_string(keys.dtype()));
  const Tensor fresh = normalize(keys.detach()).contiguous();
  const int64_t capacity = rows_.size(0), d = rows_.size(1);
  dispatch(rows_.dtype(), [&]<class T>(T) {
    const T* from = fresh.data<T>();
    T* to = rows_.mutable_data<T>();
    for (int64_t i = std::max<int64_t>(0, fresh.size(0) - capacity); i < fresh.size(0); ++i) {
      std::copy_n(from + i * d, d, to + next_ * d);
      next_ = (next_ + 1) % capacity;
    }
  });
}

std::vector<std::pair<std::string, Tensor>> MemoryQueue::state_dict() const {
  return {{"rows", rows_.clone()}, {"next", Tensor::scalar(double(next_), DType::f64)}};
}

void MemoryQueue::load_state_dict(const std::vector<std::pair<std::string, Tensor>>& state) {
  Tensor rows, next;
  for (const auto& [name, tensor] : state) {
    if (name == "rows") rows = tensor;
    if (name == "next") next = tensor;
  }
  check(state.size() == 2 && rows.defined() && next.defined() && next.numel() == 1,
        "MemoryQueue: 'rows' and 'next' make its state, got {} tensors", state.size());
  check(rows.shape() == rows_.shape(), "MemoryQueue: rows are {} here and {} in what is loaded", rows_.shape(),
        rows.shape());
  const double place = next.item();
  check(place >= 0 && place < double(rows.size(0)) && place == std::floor(place),
        "MemoryQueue: 'next' is {}, which is no row of {}", place, rows.size(0));
  rows_ = rows.detach().to(rows_.dtype()).clone();
  next_ = int64_t(place);
}

}  // namespace nce::losses
