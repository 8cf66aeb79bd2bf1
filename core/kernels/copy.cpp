#include "nce/core/kernels/copy.h"

#include <algorithm>

#include "nce/core/kernels/strided.h"

namespace nce::kernels {

template <class T>
void copy(const T* from, const Strides& strides, const Shape& shape, T* to) {
  for_each_row<1>(shape, {strides}, 1 << 15, [&](auto offsets, int64_t out, int64_t n, auto steps) {
    const T* x = from + offsets[0];
    T* y = to + out;
    if (steps[0] == 1)
      std::copy_n(x, n, y);
    else if (steps[0] == 0)
      std::fill_n(y, n, *x);
    else
      for (int64_t i = 0; i < n; ++i) y[i] = x[i * steps[0]];
  });
}

template <class T>
void add_into(T* sum, const T* term, int64_t n) {
  parallel_for(n, 1 << 15, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) sum[i] += term[i];
  });
}

template void copy(const float*, const Strides&, const Shape&, float*);
template void copy(const double*, const Strides&, const Shape&, double*);
template void add_into(float*, const float*, int64_t);
template void add_into(double*, const double*, int64_t);

}  // namespace nce::kernels
