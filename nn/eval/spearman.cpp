#include "nce/nn/eval/spearman.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "nce/core/error.h"

namespace nce::nn {
namespace {

// Ranks from 1, minus their mean.
std::vector<double> centred_ranks(std::span<const double> x) {
  std::vector<size_t> order(x.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return x[a] < x[b]; });
  std::vector<double> ranks(x.size());
  for (size_t begin = 0, end = 0; begin < x.size(); begin = end) {
    while (end < x.size() && x[order[end]] == x[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = (double(begin) + double(end) - double(x.size())) / 2;
  }
  return ranks;
}

}  // namespace

double spearman(std::span<const double> x, std::span<const double> y) {
  check(x.size() == y.size() && x.size() >= 2,
        "spearman: two lists of one length, at least 2, are needed; got {} and {}", x.size(), y.size());
  for (const auto list : {x, y})
    check(std::none_of(list.begin(), list.end(), [](double v) { return std::isnan(v); }),
          "spearman: a NaN has no rank");
  const std::vector<double> a = centred_ranks(x), b = centred_ranks(y);
  const double xy = std::inner_product(a.begin(), a.end(), b.begin(), 0.0),
               xx = std::inner_product(a.begin(), a.end(), a.begin(), 0.0),
               yy = std::inner_product(b.begin(), b.end(), b.begin(), 0.0);
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0.0;
}

}  // namespace nce::nn
