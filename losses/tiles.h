#pragma once
#include <algorithm>
#include <cstdint>

#include "nce/core/blas.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/losses/pairwise.h"

/// How the pairwise engine walks over all pairs of rows. For those who write another reduction over pairs.
namespace nce::losses {

/// A block of the pairs: rows [row, row + rows) of a with rows [column, column + columns) of b. `slot` numbers the
/// tiles; `mirrored` says that the tile also stands for its transposed one (a = b, off the diagonal).
struct Tile {
  int64_t row, rows, column, columns, slot;
  bool mirrored;
};

/// Cuts N x M pairs into square tiles and visits them in waves: in a wave no two tiles share a block of rows or a
/// block of columns. So every tile may add to what belongs to its rows, and to what belongs to its columns, without
/// locks, and the order of these additions is that of the waves: the same bits for any number of threads. Of a = b
/// only one of (I, J) and (J, I) is visited.
class Tiles {
 public:
  Tiles(int64_t n, int64_t m, bool self)
      : n_(n),
        m_(m),
        side_(side(std::max(n, m))),
        self_(self),
        down_((n + side_ - 1) / side_),
        across_((m + side_ - 1) / side_) {}

  int64_t side() const { return side_; }
  /// The largest number of tiles in a wave.
  int64_t wave() const { return down_; }
  int64_t slots() const { return waves() * down_; }

  /// body(tile), side by side within a wave.
  template <class Body>
  void each(Body&& body) const {
    const int64_t ring = std::max(down_, across_);
    for (int64_t w = 0; w < waves(); ++w) {
      const int64_t first =
          self_ && 2 * w == ring ? down_ / 2 : down_;  // the last wave of an even ring: each pair once
      parallel_for(first, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t j = (i + w) % ring;
          if (j >= across_) continue;
          body(Tile{i * side_, std::min(side_, n_ - i * side_), j * side_, std::min(side_, m_ - j * side_),
                    w * down_ + i, self_ && i != j});
        }
      });
    }
  }

 private:
  // Large tiles suit BLAS, many tiles suit threads. A tile and the panels it is made of fit in the second-level
  // cache.
  static int64_t side(int64_t n) { return n <= 512 ? 64 : n <= 4096 ? 128 : 256; }
  int64_t waves() const {
    const int64_t ring = std::max(down_, across_);
    return self_ ? ring / 2 + 1 : ring;
  }

  int64_t n_, m_, side_;
  bool self_;
  int64_t down_, across_;
};

/// The rows whose products the similarities are, and who of them is left out.
template <class T>
struct Rows {
  Tensor a, b;  ///< contiguous (n, d) and (m, d)
  Exclude exclude;
  int64_t n = a.size(0), m = b.size(0), d = a.size(1);

  /// s = the similarities of a tile, row-major.
  void similarities(const Tile& tile, T* s) const {
    gemm<T>(false, true, tile.rows, tile.columns, d, T(1), a.data<T>() + tile.row * d, d,
            b.data<T>() + tile.column * d, d, T(0), s, tile.columns);
  }
  /// Sets what is left out of a tile to `value`.
  void fill_excluded(const Tile& tile, T value, T* s) const {
    if (exclude == Exclude::nothing) return;
    fill_diagonal(tile, 0, value, s);
    if (exclude == Exclude::self_and_pair)
      fill_diagonal(tile, n / 2, value, s), fill_diagonal(tile, -n / 2, value, s);
  }
  /// da of the tile's rows += scale g b and db of its columns += scale g^T a, where they are not null.
  void add_gradients(const Tile& tile, T scale, const T* g, T* da, T* db) const {
    if (da)
      gemm<T>(false, false, tile.rows, d, tile.columns, scale, g, tile.columns, b.data<T>() + tile.column * d, d,
              T(1), da + tile.row * d, d);
    if (db)
      gemm<T>(true, false, tile.columns, d, tile.rows, scale, g, tile.columns, a.data<T>() + tile.row * d, d, T(1),
              db + tile.column * d, d);
  }

 private:
  // The entries with column = row + offset.
  void fill_diagonal(const Tile& tile, int64_t offset, T value, T* s) const {
    const int64_t begin = std::max(tile.row, tile.column - offset);
    const int64_t end = std::min(tile.row + tile.rows, tile.column + tile.columns - offset);
    for (int64_t i = begin; i < end; ++i) s[(i - tile.row) * tile.columns + i + offset - tile.column] = value;
  }
};

/// Tiles are kept from the forward pass for the backward one where all of them take no more than this: the
/// third-level cache holds them, and they need not be made again.
inline constexpr int64_t kKeptBytes = 32 << 20;

}  // namespace nce::losses
