#include "nce/nn/eval/ranking.h"

#include <algorithm>

#include "nce/core/error.h"

namespace nce::nn {

Ranking::Ranking(int64_t rows, int top) : top(top) {
  check(top >= 1, "ranking: at least the first label is needed, got top = {}", top);
  labels.assign(size_t(rows * top), -1);
}

void Ranking::set(int64_t row, std::vector<Score>& scores) {
  const size_t count = std::min(size_t(top), scores.size());
  std::partial_sort(scores.begin(), scores.begin() + ptrdiff_t(count), scores.end(),
                    [](const Score& a, const Score& b) {
                      return a.score > b.score || (a.score == b.score && a.label < b.label);
                    });
  for (size_t i = 0; i < count; ++i) labels[size_t(row * top) + i] = scores[i].label;
}

std::vector<int> Ranking::first() const {
  std::vector<int> first;
  for (size_t i = 0; i < labels.size(); i += size_t(top)) first.push_back(labels[i]);
  return first;
}

double Ranking::accuracy(std::span<const int> own, int k) const {
  check(k >= 1 && k <= top, "ranking: {} labels a row are ranked, top-{} cannot be told", top, k);
  check(own.size() * size_t(top) == labels.size(), "ranking: {} labels for {} rows", own.size(),
        labels.size() / size_t(top));
  int64_t right = 0;
  for (size_t i = 0; i < own.size(); ++i) {
    const auto row = labels.begin() + ptrdiff_t(i * size_t(top));
    right += std::find(row, row + k, own[i]) != row + k;
  }
  return double(right) / double(own.size());
}

}  // namespace nce::nn
