#pragma once
#include <cstdint>
#include <vector>

#include "nce/core/kernels/products.h"
#include "nce/core/memory.h"

// Fused passes of narrow layers over many rows: how they give blocks of dense rows to `Products`.
namespace nce::detail {

/// Weights as `Products::inner` reads them. Element (k, o) is w[k * k_step + o * o_step].
template <class T>
MemoryBlock packed(const T* w, int64_t depth, int64_t k_step, int64_t width, int64_t o_step) {
  const auto& products = kernels::products<T>();
  const int64_t panel = products.panel_width();
  MemoryBlock block(size_t(products.packed_size(depth, width)) * sizeof(T));
  T* to = block.as<T>();
  for (int64_t first = 0; first < width; first += panel)
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t o = first; o < first + panel; ++o) *to++ = o < width ? w[k * k_step + o * o_step] : T(0);
  return block;
}

/// 0, step, 2 step, ...: where the rows of a block start.
inline std::vector<int64_t> starts(int64_t count, int64_t step) {
  std::vector<int64_t> at(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) at[size_t(i)] = i * step;
  return at;
}

}  // namespace nce::detail
