#pragma once
#include <algorithm>
#include <cstdint>

#include "nce/core/parallel.h"

/// How the pairwise engine walks over all pairs of rows.
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

}  // namespace nce::losses
