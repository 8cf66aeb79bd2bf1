#include "nce/core/sparse.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nce/core/attention.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/row_gradient.h"
#include "support/both_ways.h"
#include "support/deviation.h"
#include "support/threads.h"

using namespace nce;
using test::Tensors;

#define REFUSES(expression, text) CHECK_THROWS_WITH_AS(expression, text, Error)

namespace {

// Indices below `size`; every third is 0, so that one list is long.
std::vector<int> draw(int64_t count, int64_t size, uint64_t seed) {
  std::vector<int> index;
  for (const float u : Tensor::uniform({count}, 0, 1, Key(seed)).to_vector<float>())
    index.push_back(index.size() % 3 ? int(u * float(size)) : 0);
  return index;
}

std::vector<std::vector<float>> numbers(const Tensors& tensors) {
  std::vector<std::vector<float>> all;
  for (const Tensor& x : tensors) all.push_back(x.to_vector<float>());
  return all;
}

template <class T>
std::vector<T> list(std::span<const T> values) {
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("a sparse matrix keeps pairs by rows and by columns, each in a fixed order") {
  const SparseMatrix a = SparseMatrix::from_pairs(4, 3, std::vector{2, 0, 2, 3, 2}, std::vector{1, 2, 0, 1, 1});
  CHECK(a.rows() == 4);
  CHECK(a.cols() == 3);
  CHECK(a.nnz() == 5);
  CHECK(list(a.offsets()) == std::vector<int64_t>{0, 1, 1, 4, 5});
  CHECK(list(a.columns()) == std::vector<int>{2, 1, 0, 1, 1});
  const SparseMatrix::Transpose& t = a.transpose();
  CHECK(t.offsets == std::vector<int64_t>{0, 1, 4, 5});
  CHECK(t.rows == std::vector<int>{2, 2, 2, 3, 0});
  CHECK(t.entries == std::vector<int>{2, 1, 3, 4, 0});
  CHECK(SparseMatrix().nnz() == 0);
  CHECK(list(SparseMatrix::selection(std::vector{4, 4}, 5).offsets()) == std::vector<int64_t>{0, 1, 2});
}

TEST_CASE("sparse operations refuse what does not fit, by name") {
  const std::vector<int> two{0, 1}, outside{0, 3};
  REFUSES(SparseMatrix::from_pairs(2, 2, two, std::vector{0}), "SparseMatrix: 2 rows and 1 columns are not pairs");
  REFUSES(SparseMatrix::from_pairs(2, 4, outside, two), "SparseMatrix: row 3 of entry 1 is outside 0 .. 1");
  REFUSES(SparseMatrix::from_pairs(4, 2, two, outside), "SparseMatrix: column 3 of entry 1 is outside 0 .. 1");
  REFUSES(SparseMatrix::from_pairs(-1, 2, {}, {}), "SparseMatrix: -1 rows");
  REFUSES(SparseMatrix({.values = two, .offsets = {0, 1}}, 2),
          "SparseMatrix: offsets must go from 0 to the number of entries, 2");
  REFUSES(SparseMatrix({.values = two, .offsets = {0, 2, 1, 2}}, 2),
          "SparseMatrix: offsets fall from 2 to 1 at row 1");
  const SparseMatrix a = SparseMatrix::from_pairs(2, 2, two, two);
  const Tensor x = Tensor::ones({2, 3});
  REFUSES(spmm(SparseMatrix::from_pairs(2, 3, {}, {}), Tensor::ones({3, 2}), 1),
          "spmm: a (2, 3) is not square, so it has no diagonal");
  REFUSES(spmm(a, Tensor::ones({3, 2})), "spmm: a (2, 2) does not fit x (3, 2)");
  REFUSES(spmm(a, Tensor::ones({3}), x), "spmm: 2 entries need values of shape (2,), got (3,)");
  REFUSES(spmm(a, Tensor::ones({2}, DType::f64), x), "spmm: dtypes differ: f64 and f32");
  REFUSES(segment_sum(x, std::vector<int64_t>{0, 3}),
          "segment_sum: offsets must go from 0 to 2, the rows of x (2, 3)");
  REFUSES(segment_max(x, std::vector<int64_t>{0, 2, 1, 2}), "segment_max: offsets fall from 2 to 1 at segment 1");
  REFUSES(segment_mean(Tensor::scalar(1), std::vector<int64_t>{0}), "segment_mean: x has no rows, its shape is ()");
  REFUSES(embedding(x, outside), "embedding: index 3 at position 1 is outside 0 .. 1");
  REFUSES(embedding(Tensor::ones({2}), two), "embedding: weight must be (rows, d), got (2,)");
  const Ragged bags{.values = two, .offsets = {0, 2}};
  REFUSES(embedding_bag(x, bags, {.weights = Tensor::ones({2})}),
          "embedding_bag: weights go with BagMode::sum alone");
  REFUSES(embedding_bag(x, bags, {.mode = BagMode::sum, .weights = Tensor::ones({3})}),
          "embedding_bag: 2 values need weights of shape (2,) (f32), got (3,) (f32)");
  const Tensor q = Tensor::ones({2, 3, 4});
  REFUSES(attention(q, q, q, {.heads = 3}),
          "attention: 3 heads do not divide the widths of q (2, 3, 4) and v (2, 3, 4)");
  REFUSES(attention(q, q, q, {.lengths = std::vector{1}}), "attention: 1 lengths for 2 samples");
  REFUSES(attention(q, q, q, {.lengths = std::vector{1, 4}}), "attention: length 4 of sample 1 is outside 0 .. 3");
  REFUSES(attention(q, x, q),
          "attention: q (B, L, E), k (B, S, E) and v (B, S, V) are needed, got (2, 3, 4), (2, 3) and (2, 3, 4)");
  REFUSES(segment_attention(x, x, q, std::vector<int64_t>{0, 2}),
          "segment_attention: q (n, E), k (n, E) and v (n, V) are needed, got (2, 3), (2, 3) and (2, 3, 4)");
  REFUSES(segment_attention(x, x, x, std::vector<int64_t>{0, 3}),
          "segment_attention: offsets must go from 0 to 2, the rows of x (2, 3)");
}

TEST_CASE("sums of lists have the same bits on any number of threads, also where one list is long") {
  constexpr int64_t kRows = 900, kEntries = 30000;
  const SparseMatrix a = SparseMatrix::from_pairs(kRows, kRows, draw(kEntries, kRows, 1), draw(kEntries, kRows, 2));
  std::vector<int64_t> offsets{0, 7000, 7000};
  for (int64_t at = 7010; at < kEntries; at += 10) offsets.push_back(at);
  offsets.push_back(kEntries);
  const std::vector<int> index = draw(kEntries, 40, 3);
  const Tensors nodes{Tensor::randn({kRows, 37}, Key(4))}, entries{Tensor::randn({kEntries, 5}, Key(5))};
  CHECK(test::same_on_threads([&] {
    std::vector<std::vector<std::vector<float>>> all;
    const auto add = [&](const auto& f, const Tensors& x) { all.push_back(numbers(test::both_ways(f, x))); };
    add([&](auto& x) { return spmm(a, x[0]); }, nodes);
    add([&](auto& x) { return spmm(a, x[1], x[0]); }, {nodes[0], Tensor::randn({kEntries}, Key(6))});
    add([&](auto& x) { return segment_sum(x[0], offsets); }, entries);
    add([&](auto& x) { return segment_max(x[0], offsets); }, entries);
    add([&](auto& x) { return segment_softmax(x[0], offsets); }, entries);
    add([&](auto& x) { return embedding(x[0], index); }, nodes);
    add([&](auto& x) { return index_select(x[0], 0, index); }, nodes);
    return all;
  }));
}

TEST_CASE("a long list is the sum of its entries") {
  const SparseMatrix a = SparseMatrix::from_pairs(2, 3, std::vector<int>(10000, 1), std::vector<int>(10000, 2));
  const Tensor x = Tensor::from({0, 0, 0, 0, 0.5, -2}, {3, 2}).set_requires_grad(true);
  const Tensor y = spmm(a, x);
  CHECK(y.to_vector<double>() == std::vector<double>{0, 0, 5000, -20000});
  sum(y).backward();
  CHECK(x.grad().to_vector<double>() == std::vector<double>{0, 0, 0, 0, 10000, 10000});
  const SparseMatrix square =
      SparseMatrix::from_pairs(3, 3, std::vector<int>(10000, 1), std::vector<int>(10000, 2));
  CHECK(spmm(square, x, -4).to_vector<double>() == std::vector<double>{0, 0, 5000, -20000, -2, 8});
}

TEST_CASE("the gradient of a table is kept by rows, which add up, until something dense joins") {
  Tensor table = Tensor::zeros({100, 2}).set_requires_grad(true);
  sum(embedding(table, std::vector{7, 3, 7})).backward();
  REQUIRE(table.row_grad());
  CHECK(table.row_grad()->rows == std::vector<int>{3, 7});
  CHECK(table.row_grad()->values.to_vector<double>() == std::vector<double>{1, 1, 2, 2});
  sum(embedding_bag(table, {.values = {3, 50}, .offsets = {0, 2}})).backward();
  CHECK(table.row_grad()->rows == std::vector<int>{3, 7, 50});
  CHECK(table.row_grad()->values.to_vector<double>() == std::vector<double>{1.5, 1.5, 2, 2, 0.5, 0.5});
  CHECK(table.grad().shape() == table.shape());
  CHECK(sum(table.grad()).item() == 8);
  CHECK(table.row_grad());  // looking changes nothing

  const RowGradient rows = *table.row_grad();
  sum(table).backward();
  CHECK_FALSE(table.row_grad());
  sum(embedding(table, std::vector{3})).backward();
  CHECK(sum(table.grad()).item() == 210);
  table.set_row_grad(rows);
  CHECK(sum(table.grad()).item() == 8);
  table.zero_grad();
  CHECK_FALSE(table.row_grad());
  CHECK_FALSE(table.grad().defined());
  REFUSES(table.set_row_grad({{1, 1}, Tensor::zeros({2, 2})}),
          "set_row_grad: row 1 at position 1 does not rise within 0 .. 99");
  REFUSES(table.set_row_grad({{100}, Tensor::zeros({1, 2})}),
          "set_row_grad: row 100 at position 0 does not rise within 0 .. 99");
  REFUSES(table.set_row_grad({{1}, Tensor::zeros({2})}),
          "set_row_grad: 1 rows of shape (2,) (f32) for a tensor of (100, 2) (f32)");
}

TEST_CASE("a table that operations made has a dense gradient, a large leaf's costs what its rows cost") {
  Tensor small = Tensor::ones({5, 2}).set_requires_grad(true);
  sum(embedding(small * 3.0, std::vector{1, 1})).backward();
  CHECK_FALSE(small.row_grad());
  CHECK(small.grad().to_vector<double>() == std::vector<double>{0, 0, 6, 6, 0, 0, 0, 0, 0, 0});

  Tensor table = Tensor::zeros({1 << 16, 64}).set_requires_grad(true);
  const std::vector<int> index = draw(3000, 1 << 16, 8);
  const int64_t before = live_bytes();
  reset_peak_bytes();
  sum(embedding(table, index)).backward();
  CHECK(peak_bytes() - before < (int64_t{1} << 16) * 64 * 4 / 4);
}

TEST_CASE("the rows of a huge table's gradient rise, and each is the sum of its entries") {
  constexpr int kRows = 5'000'000;
  Tensor table = Tensor::zeros({kRows, 1}, DType::f64).set_requires_grad(true);
  std::vector<int> index = draw(2000, kRows, 9);
  for (const int often : {0, 2047, 2048, 1 << 22, kRows - 1, 2048}) index.push_back(often);
  std::map<int, double> expected;
  for (size_t i = 0; i < index.size(); ++i) expected[index[i]] += double(i);
  Ragged bags;
  for (const int row : index) bags.push_back(std::array{row});
  const auto check = [&](const Tensor& sums) {
    table.zero_grad();
    sum(sums * unsqueeze(Tensor::arange(double(index.size()), DType::f64), 1)).backward();
    const auto values = table.row_grad()->values.to_vector<double>();
    REQUIRE(table.row_grad()->rows.size() == expected.size());
    size_t at = 0;
    for (const auto& [row, value] : expected) {
      CHECK(table.row_grad()->rows[at] == row);
      CHECK(values[at++] == value);
    }
  };
  check(embedding(table, index)), check(embedding_bag(table, bags));
}

// ---- attention

namespace {

// softmax(q k^T / sqrt(d) + mask) v for heads in a dimension of their own.
Tensor composed(const Tensors& x, int64_t heads, const std::vector<int>& lengths) {
  const auto split = [heads](const Tensor& y) {
    return permute(reshape(y, {y.size(0), y.size(1), heads, y.size(2) / heads}), {0, 2, 1, 3});
  };
  const Tensor q = split(x[0]), k = split(x[1]), v = split(x[2]);
  Tensor mask = Tensor::zeros({x[0].size(0), 1, 1, k.size(2)}, q.dtype());
  dispatch(q.dtype(), [&]<class T>(T) {
    for (int64_t b = 0; b < mask.size(0); ++b)
      for (int64_t j = lengths[size_t(b)]; j < k.size(2); ++j) mask.mutable_data<T>()[b * k.size(2) + j] = 1;
  });
  const Tensor weights = softmax(masked_fill(matmul(q, t(k)) / std::sqrt(double(q.size(3))), mask, -INFINITY));
  const Tensor out = permute(matmul(weights, v), {0, 2, 1, 3});
  return reshape(out, {out.size(0), out.size(1), heads * out.size(3)});
}

}  // namespace

TEST_CASE("attention is its composed twin, value and gradient, with the same bits on any number of threads") {
  const std::vector<int> lengths{150, 1, 77};
  for (const int64_t heads : {1, 4})
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensors x = test::in(dtype, {Tensor::randn({3, 130, 24}, Key(1)), Tensor::randn({3, 150, 24}, Key(2)),
                                         Tensor::randn({3, 150, 8}, Key(3))});
      const auto run = [&] {
        return test::both_ways(
            [&](auto& in) { return attention(in[0], in[1], in[2], {.heads = heads, .lengths = lengths}); }, x);
      };
      const Tensors a = run(), b = test::both_ways([&](auto&in) { return composed(in, heads, lengths); }, x);
      for (size_t k = 0; k < a.size(); ++k)
        CHECK(test::deviation(a[k], b[k]) < (dtype == DType::f32 ? 2e-6 : 1e-14));
      CHECK(test::same_on_threads([&] { return numbers(run()); }));
    }
}

TEST_CASE("segments attend as padded samples do") {
  const std::vector<int64_t> offsets{0, 70, 70, 75};
  const Tensor x = Tensor::randn({75, 6}, Key(1), DType::f64),
               padded = concatenate(
                   {unsqueeze(slice(x, 0, 0, 70), 0),
                    unsqueeze(concatenate({slice(x, 0, 70, 75), Tensor::ones({65, 6}, DType::f64)}), 0)});
  const Tensor a = segment_attention(x, x * 0.5, x * 2.0, offsets, 3);
  const Tensor b = attention(padded, padded * 0.5, padded * 2.0, {.heads = 3, .lengths = std::vector{70, 5}});
  CHECK(test::deviation(slice(a, 0, 0, 70), select(b, 0, 0)) < 1e-15);
  CHECK(test::deviation(slice(a, 0, 70, 75), slice(select(b, 0, 1), 0, 0, 5)) < 1e-15);
}
