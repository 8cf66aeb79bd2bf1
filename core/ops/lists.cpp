#include "nce/core/ops/lists.h"

#include <algorithm>
#include <limits>

#include "nce/core/error.h"
#include "nce/core/memory.h"
#include "nce/core/ops/compute.h"
#include "nce/core/parallel.h"

namespace nce::detail {
namespace {

constexpr int64_t kPart = 4096;  // entries

// Lists in a piece of parallel work, about 2^15 elements, from the mean length of a list.
int64_t grain_of(int64_t entries, int64_t count, int64_t width) {
  return (1 << 15) * count / std::max<int64_t>((entries + count) * std::max<int64_t>(width, 1), 1) + 1;
}

int64_t width_of(const Shape& shape) {
  int64_t width = 1;
  for (int d = 1; d < shape.size(); ++d) width *= shape[d];
  return width;
}

template <class T>
void sum_long_list(kernels::RowLists<T> lists, int64_t i, T* out) {
  const int64_t begin = lists.offsets[i], end = lists.offsets[i + 1], width = lists.width;
  std::vector<int64_t> cuts;
  for (int64_t at = begin; at < end; at += kPart) cuts.push_back(at);
  cuts.push_back(end);
  const int64_t parts = int64_t(cuts.size()) - 1;
  const MemoryBlock block(size_t(parts * width) * sizeof(T));
  const T diagonal = std::exchange(lists.diagonal, T(0));
  lists.offsets = cuts.data();
  parallel_for(parts, 1,
               [&](int64_t first, int64_t last) { kernels::lists<T>().sums(lists, first, last, block.as<T>()); });
  for (int64_t j = 0; j < width; ++j) out[j] = diagonal == T(0) ? T(0) : diagonal * lists.x[i * width + j];
  for (int64_t part = 0; part < parts; ++part)
    for (int64_t j = 0; j < width; ++j) out[j] += block.as<T>()[part * width + j];
}

}  // namespace

template <class T>
void sum_lists(const kernels::RowLists<T>& lists, int64_t count, T* out) {
  if (count == 0 || lists.width == 0) return;
  const auto is_long = [&](int64_t i) { return lists.offsets[i + 1] - lists.offsets[i] > kPart; };
  const int64_t entries = lists.offsets[count] - lists.offsets[0];
  parallel_for(count, grain_of(entries, count, lists.width), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end;) {
      int64_t next = i;
      while (next < end && !is_long(next)) ++next;
      if (next > i) kernels::lists<T>().sums(lists, i, next, out);
      i = next + 1;
    }
  });
  if (entries > kPart)
    for (int64_t i = 0; i < count; ++i)
      if (is_long(i)) sum_long_list(lists, i, out + i * lists.width);
}
template void sum_lists<float>(const kernels::RowLists<float>&, int64_t, float*);
template void sum_lists<double>(const kernels::RowLists<double>&, int64_t, double*);

Tensor sum_lists(const Lists& lists, const Tensor& x) {
  Shape shape = x.shape();
  shape[0] = int64_t(lists.offsets.size()) - 1;
  const Tensor values = lists.values.defined() ? lists.values : Tensor::empty({0}, x.dtype());
  return compute(Tensor::empty(shape, x.dtype()), {x, values},
                 [&]<class T>(T* out, const T* rows, const T* factors) {
                   const kernels::RowLists<T> all{.offsets = lists.offsets.data(),
                                                  .columns = lists.rows,
                                                  .values = lists.values.defined() ? factors : nullptr,
                                                  .x = rows,
                                                  .width = width_of(shape),
                                                  .diagonal = T(lists.diagonal)};
                   sum_lists<T>(all, shape[0], out);
                 });
}

void check_lists(const char* op, const Ragged& lists) {
  const auto& [values, offsets] = lists;
  check(!offsets.empty() && offsets.front() == 0 && offsets.back() == int64_t(values.size()),
        "{}: offsets must go from 0 to the number of entries, {}", op, values.size());
  for (size_t i = 1; i < offsets.size(); ++i)
    check(offsets[i] >= offsets[i - 1], "{}: offsets fall from {} to {} at row {}", op, offsets[i - 1], offsets[i],
          i - 1);
  check(values.size() <= size_t(std::numeric_limits<int>::max()), "{}: {} entries are too many for int", op,
        values.size());
}

void check_offsets(const char* op, const Tensor& x, std::span<const int64_t> offsets) {
  check(x.dim() >= 1, "{}: x has no rows, its shape is {}", op, x.shape());
  check(!offsets.empty() && offsets.front() == 0 && offsets.back() == x.size(0),
        "{}: offsets must go from 0 to {}, the rows of x {}", op, x.size(0), x.shape());
  for (size_t i = 1; i < offsets.size(); ++i)
    check(offsets[i] >= offsets[i - 1], "{}: offsets fall from {} to {} at segment {}", op, offsets[i - 1],
          offsets[i], i - 1);
}

Tensor transposed_values(const SparseMatrix& a, const Tensor& values) {
  if (!values.defined()) return values;
  return compute(Tensor::empty({a.nnz()}, values.dtype()), {values}, [&](auto* to, auto* from) {
    const auto& entries = a.transpose().entries;
    for (size_t k = 0; k < entries.size(); ++k) to[k] = from[entries[k]];
  });
}

Tensor entry_dots(const Lists& lists, const Tensor& grad, const Tensor& x) {
  const int64_t count = int64_t(lists.offsets.size()) - 1, entries = lists.offsets.back();
  return compute(Tensor::empty({entries}, x.dtype()), {grad, x}, [&]<class T>(T* out, const T* g, const T* rows) {
    const kernels::RowLists<T> all{.offsets = lists.offsets.data(),
                                   .columns = lists.rows,
                                   .values = nullptr,
                                   .x = rows,
                                   .width = width_of(x.shape())};
    parallel_for(count, grain_of(entries, count, all.width),
                 [&](int64_t begin, int64_t end) { kernels::lists<T>().dots(all, g, begin, end, out); });
  });
}

}  // namespace nce::detail
