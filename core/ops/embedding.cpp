// Rows of a table by their numbers, and sums of such rows. The gradient by the table holds only the rows that occurred.
// So time and memory depend on the number of these rows, not on the length of the table.
#include <algorithm>
#include <array>
#include <memory>
#include <numeric>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops/compute.h"
#include "nce/core/ops/lists.h"

namespace nce {
namespace {

void check_weight(const char* op, const Tensor& weight, std::span<const int> index) {
  check(weight.dim() == 2, "{}: weight must be (rows, d), got {}", op, weight.shape());
  for (size_t i = 0; i < index.size(); ++i)
    check(index[i] >= 0 && index[i] < weight.size(0), "{}: index {} at position {} is outside 0 .. {}", op,
          index[i], i, weight.size(0) - 1);
}

// An entry of a list: the row that it names, and its place among all entries.
struct Entry {
  int row, place;
};

// Entries sorted by row. Entries of one row keep their order. It is a radix sort, which begins with the lowest digit.
std::vector<Entry> sorted_entries(std::span<const int> rows) {
  constexpr int kBits = 11;
  constexpr int kMask = (1 << kBits) - 1;
  std::vector<Entry> entries(rows.size()), sorted(rows.size());
  int64_t largest = 0;
  for (size_t k = 0; k < rows.size(); ++k)
    entries[k] = {rows[k], int(k)}, largest = std::max<int64_t>(largest, rows[k]);
  for (int shift = 0; largest >> shift > 0; shift += kBits) {
    std::array<int, kMask + 2> next{};
    for (const Entry& e : entries) ++next[size_t((e.row >> shift & kMask) + 1)];
    std::partial_sum(next.begin(), next.end(), next.begin());
    for (const Entry& e : entries) sorted[size_t(next[size_t(e.row >> shift & kMask)]++)] = e;
    entries.swap(sorted);
  }
  return entries;
}

// For each row of the table that occurs: the sum of the rows of grad whose lists name it.
RowGradient rows_gradient(const Ragged& bags, const Tensor& values, const Tensor& grad) {
  std::vector<int> bag_of(bags.values.size()), from(bags.values.size());
  for (int64_t i = 0; i < bags.size(); ++i)
    std::fill(bag_of.begin() + bags.offsets[size_t(i)], bag_of.begin() + bags.offsets[size_t(i) + 1], int(i));
  const std::vector<Entry> entries = sorted_entries(bags.values);
  RowGradient result;
  std::vector<int64_t> offsets;
  for (size_t k = 0; k < entries.size(); ++k) {
    if (k == 0 || entries[k].row != entries[k - 1].row)
      result.rows.push_back(entries[k].row), offsets.push_back(int64_t(k));
    from[k] = bag_of[size_t(entries[k].place)];
  }
  offsets.push_back(int64_t(entries.size()));
  const Tensor factors = !values.defined() ? values
                                           : detail::compute(Tensor::empty(values.shape(), values.dtype()),
                                                             {values}, [&](auto* to, auto* of) {
                                                               for (size_t k = 0; k < entries.size(); ++k)
                                                                 to[k] = of[entries[k].place];
                                                             });
  result.values = detail::sum_lists({offsets, from.data(), factors}, grad);
  return result;
}

// For each list, the sum of the rows of weight that it names. values: a factor for each entry, or undefined.
Tensor sums(const char* op, Ragged lists, const Tensor& values, const Tensor& weight) {
  const auto kept = std::make_shared<const Ragged>(std::move(lists));
  const Tensor out = detail::sum_lists({kept->offsets, kept->values.data(), values}, weight);
  return record(
      op, out, {values, weight},
      [kept, weight = weight.detach()](const Tensor& grad) {
        return detail::entry_dots({kept->offsets, kept->values.data()}, grad, weight);
      },
      [kept, values](const Tensor& grad) { return rows_gradient(*kept, values, grad); });
}

}  // namespace

Tensor embedding(const Tensor& weight, std::span<const int> index) {
  check_weight("embedding", weight, index);
  Ragged lists{.values{index.begin(), index.end()}, .offsets = std::vector<int64_t>(index.size() + 1)};
  std::iota(lists.offsets.begin(), lists.offsets.end(), 0);
  return sums("embedding", std::move(lists), {}, weight);
}

Tensor embedding_bag(const Tensor& weight, const Ragged& bags, const EmbeddingBagOptions& options) {
  check_weight("embedding_bag", weight, bags.values);
  detail::check_lists("embedding_bag", bags);
  Tensor values = options.weights;
  const int64_t count = int64_t(bags.values.size());
  check(!values.defined() || options.mode == BagMode::sum, "embedding_bag: weights go with BagMode::sum alone");
  check(!values.defined() || (values.shape() == Shape{count} && values.dtype() == weight.dtype()),
        "embedding_bag: {} values need weights of shape ({},) ({}), got {} ({})", count, count,
        to_string(weight.dtype()), values.defined() ? values.shape() : Shape{},
        values.defined() ? to_string(values.dtype()) : "");
  if (options.mode == BagMode::mean) {
    values = Tensor::empty({count}, weight.dtype());
    dispatch(weight.dtype(), [&]<class T>(T) {
      T* shares = values.mutable_data<T>();
      for (int64_t i = 0; i < bags.size(); ++i)
        shares = std::fill_n(shares, bags[i].size(), T(1 / double(bags[i].size())));
    });
  }
  return sums("embedding_bag", bags, values, weight);
}

}  // namespace nce
