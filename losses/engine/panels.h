#pragma once
#include <algorithm>
#include <array>
#include <vector>

#include "nce/core/kernels/products.h"
#include "nce/core/memory.h"
#include "nce/core/parallel.h"

/// Matrices that are copied once into the order in which products read them ("packed"), and then used for many tiles.
/// BLAS would pack both factors in every call, which takes an eighth of the time for tiles of this size.
namespace nce::losses {

/// `width` rounded up to a multiple of the vector length.
template <class T>
int64_t whole_vectors(int64_t width) {
  const int64_t length = kernels::products<T>().vector_length;
  return (width + length - 1) / length * length;
}

/// A matrix (rows, columns) as a factor of kernels::Products::outer. It is cut into blocks of rows, and each block into
/// panels of a few columns. The last panel is filled up with zeros.
template <class T>
class Panels {
 public:
  /// Element (i, j) is x[i * row_step + j * step].
  Panels(const T* x, int64_t rows, int64_t columns, int64_t row_step, int64_t step, int64_t block)
      : width_(kernels::products<T>().panel_width()),
        panel_(block * width_),
        across_((columns + width_ - 1) / width_) {
    const int64_t blocks = (rows + block - 1) / block;
    data_ = MemoryBlock(size_t(blocks * across_ * panel_) * sizeof(T));
    for (int64_t j = 0; j < columns; ++j) offsets_.push_back(j / width_ * panel_ + j % width_);
    parallel_for(blocks * across_, std::max<int64_t>(1, (1 << 14) / panel_), [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        const int64_t row = k / across_ * block, column = k % across_ * width_;
        const int64_t height = std::min(block, rows - row), filled = std::min(width_, columns - column);
        const T* from = x + row * row_step + column * step;
        T* to = data_.template as<T>() + k * panel_;
        if (filled < width_) std::fill_n(to, height * width_, T(0));
        if (step == 1) {
          for (int64_t i = 0; i < height; ++i) std::copy_n(from + i * row_step, filled, to + i * width_);
          continue;
        }
        for (int64_t top = 0; top < height; top += 16)  // one cache line of x and a few of the panel
          for (int64_t j = 0; j < filled; ++j)
            for (int64_t i = top; i < std::min(top + 16, height); ++i)
              to[i * width_ + j] = from[i * row_step + j * step];
      }
    });
  }

  /// As a right factor, from `row` (first of a block) and `column` (first of a panel) on.
  kernels::Columns<T> from(int64_t row, int64_t column) const {
    return {data_.template as<T>() + row * across_ * width_ + column / width_ * panel_, width_, panel_};
  }
  /// As a left factor, from `row` on: element (i, j) is at i * width() + offsets()[j].
  const T* rows(int64_t row) const { return from(row, 0).data; }
  const int64_t* offsets() const { return offsets_.data(); }
  int64_t width() const { return width_; }

 private:
  int64_t width_, panel_, across_;
  std::vector<int64_t> offsets_;
  MemoryBlock data_;
};

/// 0, step, 2 step, ...: offsets of the n <= 256 rows or columns of a tile.
struct Multiples {
  Multiples(int64_t n, int64_t step) {
    for (int64_t i = 0; i < n; ++i) at[size_t(i)] = i * step;
  }
  const int64_t* data() const { return at.data(); }
  std::array<int64_t, 256> at;
};

}  // namespace nce::losses
