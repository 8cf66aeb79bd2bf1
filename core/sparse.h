#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"

/// Sums over lists: neighbours in a graph, nodes of a graph, words of a sentence. All of them are the product `spmm`.
/// Values and derivatives stand together, in core/ops/sparse.cpp, segment.cpp and embedding.cpp. NaNs: as in core/ops.h.
namespace nce {

/// N lists of different lengths. List i is values[offsets[i] .. offsets[i + 1]).
struct Ragged {
  std::vector<int> values;
  std::vector<int64_t> offsets{0};
  int64_t size() const { return int64_t(offsets.size()) - 1; }
  std::span<const int> operator[](int64_t i) const {
    return std::span(values).subspan(size_t(offsets[size_t(i)]),
                                     size_t(offsets[size_t(i) + 1] - offsets[size_t(i)]));
  }
  void push_back(std::span<const int> list) {
    values.insert(values.end(), list.begin(), list.end());
    offsets.push_back(int64_t(values.size()));
  }
};

/// The places of the entries of a matrix (rows, cols), row by row (CSR). A pair may occur more than once; products add
/// such entries. Lists of values have the value of entry k at place k. A cheap shared handle, which never changes.
class SparseMatrix {
 public:
  /// No rows and no columns.
  SparseMatrix() : SparseMatrix(Ragged{}, 0) {}
  /// Row i has the columns of list i, in their order. Errors: offsets do not go up from 0 to the number of values; a
  /// column is outside 0 .. cols - 1; there are more than 2^31 - 1 entries.
  SparseMatrix(Ragged lists, int64_t cols);
  /// Entries (row[k], col[k]) in any order. Entries of one row keep their order. Errors: as above; the lengths differ.
  static SparseMatrix from_pairs(int64_t rows, int64_t cols, std::span<const int> row, std::span<const int> col);
  /// One entry in each row: (i, index[i]).
  static SparseMatrix selection(std::span<const int> index, int64_t cols);

  int64_t rows() const;
  int64_t cols() const;
  /// The number of entries.
  int64_t nnz() const;
  /// Entries of row i: from offsets()[i] up to offsets()[i + 1].
  std::span<const int64_t> offsets() const;
  std::span<const int> columns() const;

  /// The same entries column by column, and in a column by growing row. Made when it is first needed, then kept.
  struct Transpose {
    std::vector<int64_t> offsets;  ///< cols + 1
    std::vector<int> rows;         ///< of each entry
    std::vector<int> entries;      ///< Its number in the matrix.
  };
  const Transpose& transpose() const;

 private:
  struct Data;
  std::shared_ptr<Data> data_;
};

/// A X: row i of the result is the sum of rows j of x (cols, ...), over the entries (i, j). Rows without entries are 0.
/// With `diagonal`, (A + diagonal I) X of a square A in the same pass.
Tensor spmm(const SparseMatrix& a, const Tensor& x, double diagonal = 0);
/// The same with a value for each entry, (nnz): sums of values[k] x[j]. The derivative by x is A^T grad, the derivative
/// by the value of entry (i, j) is the dot product of grad_i and x_j.
Tensor spmm(const SparseMatrix& a, const Tensor& values, const Tensor& x);

/// Reductions of segments: result i comes from rows offsets[i] .. offsets[i + 1] of x (n, ...). Offsets go up from 0 to
/// n. An empty segment gives 0 in all three, as in PyTorch Geometric's pooling.
Tensor segment_sum(const Tensor& x, std::span<const int64_t> offsets);
Tensor segment_mean(const Tensor& x, std::span<const int64_t> offsets);
/// Equal elements share the gradient, as in `max`.
Tensor segment_max(const Tensor& x, std::span<const int64_t> offsets);
/// softmax over the rows of each segment, for each column separately. The result has the shape of x.
Tensor segment_softmax(const Tensor& x, std::span<const int64_t> offsets);

/// Rows `index` of weight (rows, d): (N, d). Like `index_select`. But if weight is a leaf, only the rows that occur are
/// stored in its gradient (core/row_gradient.h). So the cost does not grow with the table.
Tensor embedding(const Tensor& weight, std::span<const int> index);

enum class BagMode { mean, sum };
struct EmbeddingBagOptions {
  BagMode mode = BagMode::mean;
  Tensor weights = {};  ///< A factor for each value of the bags, (nnz). Only with `sum`, as in PyTorch.
};
/// The mean or sum of the rows of weight (rows, d) that each bag names: (bags, d). An empty bag gives 0. The gradient
/// by weight: as for `embedding`. This is PyTorch's nn.functional.embedding_bag.
Tensor embedding_bag(const Tensor& weight, const Ragged& bags, const EmbeddingBagOptions& options = {});

}  // namespace nce
