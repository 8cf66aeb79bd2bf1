#pragma once
#include <algorithm>
#include <cstdint>

#include "nce/core/parallel.h"

/// In which order the pairwise engine visits the pairs.
namespace nce::losses {

/// A block of pairs: rows [row, row + rows) of a with rows [column, column + columns) of b. `slot` numbers the tiles.
/// `mirrored`: the tile also stands for its transpose (a = b, off the diagonal).
struct Tile {
  int64_t row, rows, column, columns, slot;
  bool mirrored;
};

/// Cuts N x M pairs into squares of tiles, and visits the squares in waves. Two squares of one wave never share a row
/// or a column. So each tile can add to the sums of its rows and of its columns without locks. The waves come one after
/// another, so these additions have a fixed order: the same bits for any number of threads.
///
/// For a = b only one of (I, J) and (J, I) is visited. Within a square the odd rows of tiles are visited backwards. So
/// from one tile to the next either the rows or the columns stay the same, and they are still in the cache.
class Tiles {
 public:
  Tiles(int64_t n, int64_t m, bool self)
      : n_(n),
        m_(m),
        side_(side(std::max(n, m))),
        self_(self),
        fold_(fold(std::max(n, m))),
        down_((n + fold_ * side_ - 1) / (fold_ * side_)),
        across_((m + fold_ * side_ - 1) / (fold_ * side_)) {}

  int64_t side() const { return side_; }
  /// The number of row-blocks.
  int64_t blocks() const { return down_ * fold_; }
  /// The largest number of tiles in work at once.
  int64_t wave() const { return down_; }
  int64_t slots() const { return waves() * down_ * fold_ * fold_; }

  /// Calls body(tile) for all tiles; the squares of a wave in parallel.
  template <class Body>
  void each(Body&& body) const {
    const int64_t ring = std::max(down_, across_);
    for (int64_t w = 0; w < waves(); ++w) {
      const int64_t first =
          self_ && 2 * w == ring ? down_ / 2 : down_;  // last wave of an even ring: each pair once
      parallel_for(first, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t j = (i + w) % ring;
          if (j < across_) square(i, j, (w * down_ + i) * fold_ * fold_, body);
        }
      });
    }
  }

 private:
  // The square (i, j); its tiles have slots from `slot` on.
  template <class Body>
  void square(int64_t i, int64_t j, int64_t slot, Body& body) const {
    for (int64_t k = 0; k < fold_ * fold_; ++k) {
      const int64_t r = k / fold_, c = r % 2 ? fold_ - 1 - k % fold_ : k % fold_;
      const int64_t row = (i * fold_ + r) * side_, column = (j * fold_ + c) * side_;
      if (row >= n_ || column >= m_ || (self_ && i == j && column < row)) continue;
      body(Tile{row, std::min(side_, n_ - row), column, std::min(side_, m_ - column), slot + k,
                self_ && row != column});
    }
  }

  // Products are faster in large tiles; threads need many tiles. A tile and its panels fit in L2. A side is a multiple
  // of the panel width, and 224 is a multiple of 14, the rows that are computed at once.
  static int64_t side(int64_t n) { return n <= 512 ? 64 : n <= 4096 ? 128 : 224; }
  // Tiles along a side of a square, so that a dozen squares are left to share among threads.
  static int64_t fold(int64_t n) { return std::clamp<int64_t>(n / side(n) / 12, 1, 4); }
  int64_t waves() const {
    const int64_t ring = std::max(down_, across_);
    return self_ ? ring / 2 + 1 : ring;
  }

  int64_t n_, m_, side_;
  bool self_;
  int64_t fold_, down_, across_;
};

}  // namespace nce::losses
