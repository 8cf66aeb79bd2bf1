#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "nce/core/parallel.h"

namespace nce::nn {

/// A run of elements of one of several tensors.
struct Piece {
  size_t tensor;
  int64_t begin, end;
};

/// Several tensors as one long row of elements, cut into chunks of equal length. One parallel loop then serves large
/// matrices and small biases alike. The cut depends on the sizes alone.
class Pieces {
 public:
  explicit Pieces(const std::vector<int64_t>& sizes) : tensors_(sizes.size()) {
    int64_t room = 0;
    for (size_t tensor = 0; tensor < sizes.size(); ++tensor)
      for (int64_t begin = 0; begin < sizes[tensor];) {
        if (room == 0) chunks_.push_back(pieces_.size()), room = kChunk;
        const int64_t length = std::min(room, sizes[tensor] - begin);
        pieces_.push_back({tensor, begin, begin + length});
        begin += length, room -= length;
      }
    chunks_.push_back(pieces_.size());
  }

  /// Calls `body(piece)` for each, in parallel.
  template <class Body>
  void run(Body&& body) const {
    each([&](size_t i) { body(pieces_[i]); });
  }

  /// `body(piece)` gives N doubles. Returns their sums over the pieces of each tensor, added in order.
  template <size_t N, class Body>
  std::vector<std::array<double, N>> sum(Body&& body) const {
    std::vector<std::array<double, N>> parts(pieces_.size()), totals(tensors_);
    each([&](size_t i) { parts[i] = body(pieces_[i]); });
    for (size_t i = 0; i < parts.size(); ++i)
      for (size_t k = 0; k < N; ++k) totals[pieces_[i].tensor][k] += parts[i][k];
    return totals;
  }

 private:
  static constexpr int64_t kChunk = 1 << 14;

  template <class Body>
  void each(Body&& body) const {
    parallel_for(int64_t(chunks_.size()) - 1, 1, [&](int64_t begin, int64_t end) {
      for (size_t i = chunks_[size_t(begin)]; i < chunks_[size_t(end)]; ++i) body(i);
    });
  }

  size_t tensors_;
  std::vector<Piece> pieces_;
  std::vector<size_t> chunks_;  // first piece of each chunk, and the end
};

}  // namespace nce::nn
