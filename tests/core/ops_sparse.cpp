// The rows of core/sparse.h and core/attention.h.
#include "nce/core/attention.h"
#include "nce/core/sparse.h"
#include "ops_table.h"

using nlohmann::json;

namespace nce::test {
namespace {

using Op = decltype(OpRow::call);

std::vector<int> ints(const json& list) { return list.get<std::vector<int>>(); }
std::vector<int64_t> offsets(const json& o) { return o["offsets"].get<std::vector<int64_t>>(); }
Ragged bags(const json& o) { return {.values = ints(o["index"]), .offsets = offsets(o)}; }

Op segments(Tensor (*f)(const Tensor&, std::span<const int64_t>)) {
  return [f](const Inputs& x, const json& o) { return f(x[0], offsets(o)); };
}

Tensor normal(const Shape& shape, uint64_t seed) { return Tensor::randn(shape, Key(seed)).to(DType::f64); }

// Rows in any order, a pair twice, a row and a column without entries.
const json kPairs{{"size", {4, 5}}, {"row", {2, 0, 3, 2, 0, 2}}, {"col", {1, 4, 0, 1, 2, 0}}};
const json kSegments{{"offsets", {0, 2, 2, 6, 7}}};
json bag_options(bool mean) {
  return {{"index", {3, 1, 3, 0, 1, 5}}, {"offsets", {0, 2, 2, 5, 6}}, {"mean", mean}};
}

}  // namespace

std::vector<OpRow> sparse_rows() {
  const Tensor rows = normal({7, 3}, 1), table = normal({6, 19}, 2);  // 19: whole vectors, halves and a rest
  return {
      {"spmm",
       [](auto& x, auto& o) {
         const SparseMatrix a =
             SparseMatrix::from_pairs(o["size"][0], o["size"][1], ints(o["row"]), ints(o["col"]));
         return x.size() == 1 ? spmm(a, x[0], o.value("diagonal", 0.0)) : spmm(a, x[0], x[1]);
       },
       {{{normal({5, 19}, 3)}, kPairs},
        {{normal({4, 19}, 3)}, {{"size", {4, 4}}, {"row", {2, 0, 2}}, {"col", {1, 3, 1}}, {"diagonal", -1.5}}},
        {{normal({5, 2, 2}, 3)}, kPairs},
        {{normal({6}, 4), normal({5, 19}, 3)}, kPairs}}},
      {"segment_sum", segments(segment_sum), {{{rows}, kSegments}}},
      {"segment_mean", segments(segment_mean), {{{rows}, kSegments}, {{normal({7}, 5)}, kSegments}}},
      {"segment_max", segments(segment_max), {{{rows}, kSegments}}},
      {"segment_softmax", segments(segment_softmax), {{{rows}, kSegments}, {{normal({7}, 5)}, kSegments}}},
      {"embedding",
       [](auto& x, auto& o) { return embedding(x[0], ints(o["index"])); },
       {{{table}, {{"index", {3, 1, 3, 5}}}}}},
      {"embedding_bag",
       [](auto& x, auto& o) {
         const Tensor weights = x.size() > 1 ? x[1] : Tensor();
         return embedding_bag(x[0], bags(o),
                              {.mode = o["mean"] ? BagMode::mean : BagMode::sum, .weights = weights});
       },
       {{{table}, bag_options(true)}, {{table, normal({6}, 6)}, bag_options(false)}},
       1},
      {"attention",
       [](auto& x, auto& o) {
         const std::vector<int> lengths = ints(o.value("lengths", json::array()));
         return attention(x[0], x[1], x[2], {.heads = o["heads"], .lengths = lengths});
       },
       {{{normal({2, 3, 4}, 7), normal({2, 5, 4}, 8), normal({2, 5, 6}, 9)}, {{"heads", 2}}},
        {{normal({2, 3, 4}, 7), normal({2, 5, 4}, 8), normal({2, 5, 2}, 9)}, {{"heads", 1}, {"lengths", {5, 2}}}}}},
      {"segment_attention",
       [](auto& x, auto& o) { return segment_attention(x[0], x[1], x[2], offsets(o), o["heads"]); },
       {{{normal({7, 4}, 7), normal({7, 4}, 8), normal({7, 4}, 9)}, {{"heads", 2}, {"offsets", {0, 2, 2, 6, 7}}}}}},
  };
}

}  // namespace nce::test
