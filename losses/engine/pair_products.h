#pragma once
#include <algorithm>
#include <array>
#include <optional>

#include "nce/core/autograd.h"
#include "nce/core/memory.h"
#include "nce/core/ops.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/panels.h"
#include "nce/losses/engine/tiles.h"

/// What the reductions of pairwise.h share: they compute the similarities of each tile, and send gradients back through
/// them. Use it to write another reduction over pairs.
namespace nce::losses {

/// An error if the rows of a and b do not fit each other, or do not fit `exclude`. The error names `op`.
void check_rows(const char* op, const Tensor& a, const Tensor& b, Exclude exclude);

/// The similarities s_ik = a_i . b_k, tile by tile. a: (n, d), b: (m, d). If both are the same tensor, only one of s_ik
/// and s_ki is computed.
template <class T>
class PairProducts {
 public:
  /// The forward pass keeps this many bytes of tiles for the backward pass, which need not compute them again. They fit
  /// in the L3 cache.
  static constexpr int64_t kKeptBytes = 32 << 20;

  /// `keep`: there will be a backward pass.
  PairProducts(const Tensor& a, const Tensor& b, Exclude exclude, bool keep)
      : a_(a.detach().contiguous()),
        b_(b.detach().contiguous()),
        self_(a.impl() == b.impl()),
        exclude_(exclude),
        tiles_(n(), m(), self_),
        rows_(panels(a_)),
        transposed_(b_.data<T>(), b_.size(1), m(), 1, b_.size(1), depth()) {
    const int64_t bytes = tile_elements() * int64_t(sizeof(T));
    if (!keep) return;
    kept_slots_ = std::min(tiles_.slots(), kKeptBytes / bytes);
    kept_ = MemoryBlock(size_t(kept_slots_ * bytes));
  }

  const Tensor& a() const { return a_; }
  const Tensor& b() const { return b_; }
  int64_t n() const { return a_.size(0); }
  int64_t m() const { return b_.size(0); }
  bool self() const { return self_; }
  const Tiles& tiles() const { return tiles_; }
  int64_t tile_elements() const { return tiles_.side() * tiles_.side(); }
  /// Elements from one row of a tile to the next: the number of its columns, rounded up to whole vectors.
  static int64_t step(const Tile& tile) { return whole_vectors<T>(tile.columns); }
  /// Where a kept tile is stored; null if this tile is not kept.
  T* kept(const Tile& tile) const {
    return tile.slot < kept_slots_ ? kept_.as<T>() + tile.slot * tile_elements() : nullptr;
  }

  /// Writes the similarities of a tile to s, row-major, rows `step(tile)` apart.
  void multiply(const Tile& tile, T* s) const {
    const Multiples rows(tile.rows, rows_.width());
    for (int64_t k = 0, d = a_.size(1); k < d; k += depth())
      kernels::products<T>().outer(rows_.rows(tile.row), rows_.offsets() + k, std::min(depth(), d - k), rows.data(),
                                   tile.rows, transposed_.from(k, tile.column), step(tile), k > 0, s);
  }
  /// Sets excluded pairs of a tile to `value`, and the padding after its columns.
  void fill_excluded(const Tile& tile, T value, T* s) const {
    for (int64_t r = 0; r < tile.rows; ++r)
      std::fill(s + r * step(tile) + tile.columns, s + (r + 1) * step(tile), value);
    if (exclude_ == Exclude::nothing) return;
    fill_diagonal(tile, 0, value, s);
    if (exclude_ == Exclude::self_and_pair)
      fill_diagonal(tile, n() / 2, value, s), fill_diagonal(tile, -n() / 2, value, s);
  }

  /// The derivatives by a (n, d) and by b (m, d). `weights(tile, memory)` returns the derivatives by the similarities
  /// of a tile, row-major; it may use `elements` of memory. For a = b it returns the derivative by s_ik plus that by
  /// s_ki, and the result by a is the whole derivative.
  template <class Weights>
  std::array<Tensor, 2> gradients(bool by_a, bool by_b, int64_t elements, Weights&& weights) const {
    if (!by_a && !by_b) return {};
    const int64_t d = a_.size(1), width = whole_vectors<T>(d);
    const auto zeros = [&](const Tensor& x) { return Tensor::zeros({x.size(0), width}, x.dtype()); };
    Tensor da = by_a ? zeros(a_) : Tensor(), db = by_b || self_ ? zeros(b_) : Tensor();
    T* const to_a = by_a ? da.template mutable_data<T>() : nullptr;
    T* const to_b = db.defined() ? db.template mutable_data<T>() : nullptr;
    std::optional<Panels<T>> of_b;
    if (to_a && !self_) of_b.emplace(panels(b_));
    const Panels<T>& b = of_b ? *of_b : rows_;
    ScratchMemory scratch(tiles_.wave(), size_t(elements) * sizeof(T));
    tiles_.each([&](const Tile& tile) {
      const ScratchMemory::Part part(scratch);
      const T* const g = weights(tile, part.template as<T>());
      const Multiples rows(tile.rows, step(tile)), columns(tile.columns, 1);
      if (to_a)
        kernels::products<T>().outer(g, columns.data(), tile.columns, rows.data(), tile.rows,
                                     b.from(tile.column, 0), width, true, to_a + tile.row * width);
      if (to_b && (!self_ || tile.mirrored))
        kernels::products<T>().outer(g, rows.data(), tile.rows, columns.data(), tile.columns,
                                     rows_.from(tile.row, 0), width, true, to_b + tile.column * width);
    });
    NoGrad no_grad;
    if (self_) da = da + db, db = {};
    const auto rows = [&](const Tensor& x) {
      return x.defined() && width != d ? slice(x, 1, 0, d).contiguous() : x;
    };
    return {rows(da), rows(db)};
  }

 private:
  Panels<T> panels(const Tensor& x) const {
    return Panels<T>(x.data<T>(), x.size(0), x.size(1), x.size(1), 1, tiles_.side());
  }
  // How much of d is multiplied at once. Panels of this depth stay in L1.
  int64_t depth() const { return std::min<int64_t>(b_.size(1), 512); }
  // Entries with column = row + offset.
  void fill_diagonal(const Tile& tile, int64_t offset, T value, T* s) const {
    const int64_t begin = std::max(tile.row, tile.column - offset);
    const int64_t end = std::min(tile.row + tile.rows, tile.column + tile.columns - offset);
    for (int64_t i = begin; i < end; ++i) s[(i - tile.row) * step(tile) + i + offset - tile.column] = value;
  }

  Tensor a_, b_;
  bool self_;
  Exclude exclude_;
  Tiles tiles_;
  Panels<T> rows_, transposed_;  // a, and b transposed
  int64_t kept_slots_ = 0;
  MemoryBlock kept_;
};

}  // namespace nce::losses
