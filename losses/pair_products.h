#pragma once
#include <algorithm>
#include <array>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/memory.h"
#include "nce/core/ops.h"
#include "nce/losses/pairwise.h"
#include "nce/losses/tiles.h"

/// What the reductions of pairwise.h share: products of rows by tile, and the gradients that go back through them.
/// For those who write another reduction over pairs.
namespace nce::losses {

/// Refuses rows that cannot be multiplied, or from which `exclude` cannot leave out what it should; names `op`.
void check_rows(const char* op, const Tensor& a, const Tensor& b, Exclude exclude);

/// The similarities s_ik = a_i . b_k of rows of a (n, d) and b (m, d), tile by tile. Given the same tensor twice,
/// only one of s_ik and s_ki is made.
template <class T>
class PairProducts {
 public:
  /// Tiles are kept from the forward pass for the backward one where all of them take no more than this: the
  /// third-level cache holds them, and they need not be made again.
  static constexpr int64_t kKeptBytes = 32 << 20;

  /// `keep` says that there will be a backward pass.
  PairProducts(const Tensor& a, const Tensor& b, Exclude exclude, bool keep)
      : a_(a.detach().contiguous()),
        b_(b.detach().contiguous()),
        self_(a.impl() == b.impl()),
        exclude_(exclude),
        tiles_(n(), m(), self_) {
    const int64_t bytes = tiles_.slots() * tile_elements() * int64_t(sizeof(T));
    if (keep && bytes <= kKeptBytes) kept_ = Block(size_t(bytes));
  }

  const Tensor& a() const { return a_; }
  const Tensor& b() const { return b_; }
  int64_t n() const { return a_.size(0); }
  int64_t m() const { return b_.size(0); }
  bool self() const { return self_; }
  const Tiles& tiles() const { return tiles_; }
  int64_t tile_elements() const { return tiles_.side() * tiles_.side(); }
  /// The place of what the backward pass begins a tile with; null where tiles are not kept.
  T* kept(const Tile& tile) const { return kept_.data() ? kept_.as<T>() + tile.slot * tile_elements() : nullptr; }

  /// The similarities of a tile, row-major.
  void multiply(const Tile& tile, T* s) const {
    const int64_t d = a_.size(1);
    gemm<T>(false, true, tile.rows, tile.columns, d, T(1), a_.data<T>() + tile.row * d, d,
            b_.data<T>() + tile.column * d, d, T(0), s, tile.columns);
  }
  /// Sets what is left out of a tile to `value`.
  void fill_excluded(const Tile& tile, T value, T* s) const {
    if (exclude_ == Exclude::nothing) return;
    fill_diagonal(tile, 0, value, s);
    if (exclude_ == Exclude::self_and_pair)
      fill_diagonal(tile, n() / 2, value, s), fill_diagonal(tile, -n() / 2, value, s);
  }

  /// The derivatives by a and b, given those by the similarities: `weights(tile, memory)` returns them for a tile,
  /// row-major, and has `elements` of memory to work in. For a = b they are the sums of those by s_ik and by s_ki,
  /// and the derivative by a is the whole.
  template <class Weights>
  std::array<Tensor, 2> gradients(bool by_a, bool by_b, int64_t elements, Weights&& weights) const {
    if (!by_a && !by_b) return {};
    const int64_t d = a_.size(1);
    Tensor da = by_a ? Tensor::zeros(a_.shape(), a_.dtype()) : Tensor();
    Tensor db = by_b || self_ ? Tensor::zeros(b_.shape(), b_.dtype()) : Tensor();
    T* const to_a = by_a ? da.template mutable_data<T>() : nullptr;
    T* const to_b = db.defined() ? db.template mutable_data<T>() : nullptr;
    Scratch scratch(tiles_.wave(), size_t(elements) * sizeof(T));
    tiles_.each([&](const Tile& tile) {
      const Scratch::Part part(scratch);
      const T* const g = weights(tile, part.template as<T>());
      if (to_a)
        gemm<T>(false, false, tile.rows, d, tile.columns, T(1), g, tile.columns, b_.data<T>() + tile.column * d, d,
                T(1), to_a + tile.row * d, d);
      if (to_b && (!self_ || tile.mirrored))
        gemm<T>(true, false, tile.columns, d, tile.rows, T(1), g, tile.columns, a_.data<T>() + tile.row * d, d,
                T(1), to_b + tile.column * d, d);
    });
    if (!self_) return {da, db};
    NoGrad no_grad;
    return {da + db, {}};
  }

 private:
  // The entries with column = row + offset.
  void fill_diagonal(const Tile& tile, int64_t offset, T value, T* s) const {
    const int64_t begin = std::max(tile.row, tile.column - offset);
    const int64_t end = std::min(tile.row + tile.rows, tile.column + tile.columns - offset);
    for (int64_t i = begin; i < end; ++i) s[(i - tile.row) * tile.columns + i + offset - tile.column] = value;
  }

  Tensor a_, b_;
  bool self_;
  Exclude exclude_;
  Tiles tiles_;
  Block kept_;
};

}  // namespace nce::losses
