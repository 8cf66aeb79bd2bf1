#include "nce/core/sparse.h"

#include <algorithm>
#include <mutex>
#include <numeric>

#include "nce/core/error.h"
#include "nce/core/ops/lists.h"

namespace nce {
namespace {

// Counting sort. Calls `places(k, at)` for entry k and its place among the entries sorted by key; entries of one key
// keep their order. Returns where each key starts, and the end.
template <class Place>
std::vector<int64_t> sort_by(std::span<const int> keys, int64_t count, Place place) {
  std::vector<int64_t> offsets(size_t(count) + 1);
  for (const int key : keys) ++offsets[size_t(key) + 1];
  for (size_t i = 1; i < offsets.size(); ++i) offsets[i] += offsets[i - 1];
  std::vector<int64_t> next(offsets.begin(), offsets.end() - 1);
  for (size_t k = 0; k < keys.size(); ++k) place(k, size_t(next[size_t(keys[k])]++));
  return offsets;
}

void check_range(const char* what, std::span<const int> index, int64_t size) {
  check(size >= 0, "SparseMatrix: {} {}s", size, what);
  const auto outside = [size](int i) { return i < 0 || i >= size; };
  if (std::count_if(index.begin(), index.end(), outside) == 0) return;  // looks at many at once
  const auto wrong = std::find_if(index.begin(), index.end(), outside);
  fail("SparseMatrix: {} {} of entry {} is outside 0 .. {}", what, *wrong, wrong - index.begin(), size - 1);
}

}  // namespace

struct SparseMatrix::Data {
  Ragged lists;
  int64_t cols = 0;
  std::once_flag transposed{};
  Transpose transpose{};
};

SparseMatrix::SparseMatrix(Ragged lists, int64_t cols) {
  detail::check_lists("SparseMatrix", lists);
  check_range("column", lists.values, cols);
  data_ = std::make_shared<Data>();
  data_->lists = std::move(lists), data_->cols = cols;
}

SparseMatrix SparseMatrix::from_pairs(int64_t rows, int64_t cols, std::span<const int> row,
                                      std::span<const int> col) {
  check(row.size() == col.size(), "SparseMatrix: {} rows and {} columns are not pairs", row.size(), col.size());
  check_range("row", row, rows);
  Ragged lists{.values = std::vector<int>(col.size())};
  lists.offsets = sort_by(row, rows, [&](size_t k, size_t at) { lists.values[at] = col[k]; });
  return SparseMatrix(std::move(lists), cols);
}

SparseMatrix SparseMatrix::selection(std::span<const int> index, int64_t cols) {
  Ragged lists{.values{index.begin(), index.end()}, .offsets = std::vector<int64_t>(index.size() + 1)};
  std::iota(lists.offsets.begin(), lists.offsets.end(), 0);
  return SparseMatrix(std::move(lists), cols);
}

int64_t SparseMatrix::rows() const { return data_->lists.size(); }
int64_t SparseMatrix::cols() const { return data_->cols; }
int64_t SparseMatrix::nnz() const { return int64_t(data_->lists.values.size()); }
std::span<const int64_t> SparseMatrix::offsets() const { return data_->lists.offsets; }
std::span<const int> SparseMatrix::columns() const { return data_->lists.values; }

const SparseMatrix::Transpose& SparseMatrix::transpose() const {
  std::call_once(data_->transposed, [&] {
    Transpose& t = data_->transpose;
    t.rows.resize(size_t(nnz())), t.entries.resize(size_t(nnz()));
    int row = 0;  // the row of entry k; it grows with k
    int* const rows = t.rows.data();
    int* const entries = t.entries.data();
    t.offsets = sort_by(columns(), cols(), [&, ends = offsets().data() + 1](size_t k, size_t at) {
      while (ends[row] <= int64_t(k)) ++row;
      rows[at] = row, entries[at] = int(k);
    });
  });
  return data_->transpose;
}

}  // namespace nce
