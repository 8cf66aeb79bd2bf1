#pragma once
#include <cstddef>
#include <utility>

#include "nce/core/autograd.h"

namespace nce::detail {

/// Fills `out`, a new tensor. `write(T* out, const T* input...)` gets the elements of all tensors, dense and row-major.
/// T is float or double. Not recorded: the operation passes the result to `record`.
template <size_t N, class Write>
Tensor compute(Tensor out, const Tensor (&inputs)[N], Write write) {
  NoGrad no_grad;
  Tensor dense[N];
  for (size_t i = 0; i < N; ++i) dense[i] = inputs[i].contiguous();
  dispatch(out.dtype(), [&]<class T>(T) {
    [&]<size_t... i>(std::index_sequence<i...>) { write(out.mutable_data<T>(), dense[i].template data<T>()...); }
    (std::make_index_sequence<N>());
  });
  return out;
}

}  // namespace nce::detail
