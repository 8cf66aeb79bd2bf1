#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "nce/core/memory.h"
#include "nce/core/parallel.h"

namespace nce::detail {

/// Cuts the nodes of disjoint graphs into blocks that stay in the caches: whole graphs of 256 nodes together, at least
/// one graph. Two blocks are a piece of parallel work. The cuts depend only on the sizes of the graphs.
class GraphBlocks {
 public:
  struct Block {
    int64_t first_graph, last_graph, row, rows;
  };
  explicit GraphBlocks(std::span<const int64_t> offsets) {
    const int64_t graphs = int64_t(offsets.size()) - 1;
    for (int64_t first = 0, last = 0; first < graphs; first = last) {
      const int64_t row = offsets[size_t(first)];
      for (++last; last < graphs && offsets[size_t(last) + 1] - row <= kRows;) ++last;
      blocks_.push_back({first, last, row, offsets[size_t(last)] - row});
      most_ = std::max(most_, blocks_.back().rows);
    }
  }

  int64_t pieces() const { return (int64_t(blocks_.size()) + kBlocks - 1) / kBlocks; }
  /// Rows of the largest block.
  int64_t most() const { return most_; }
  int64_t first_row(int64_t piece) const { return blocks_[size_t(piece * kBlocks)].row; }
  int64_t rows(int64_t piece) const {
    const Block& last = blocks_[std::min(size_t((piece + 1) * kBlocks), blocks_.size()) - 1];
    return last.row + last.rows - first_row(piece);
  }
  /// Calls body(piece, block, whether this piece had a block before, `bytes` of scratch memory) in parallel.
  template <class Body>
  void each(size_t bytes, Body body) const {
    ScratchMemory scratch(pieces(), bytes);
    parallel_for(int64_t(blocks_.size()), kBlocks, [&](int64_t begin, int64_t end) {
      const ScratchMemory::Part part(scratch);
      for (int64_t i = begin; i < end; ++i)
        body(begin / kBlocks, blocks_[size_t(i)], i > begin, part.template as<char>());
    });
  }

 private:
  static constexpr int64_t kRows = 256, kBlocks = 2;
  std::vector<Block> blocks_;
  int64_t most_ = 0;
};

}  // namespace nce::detail
