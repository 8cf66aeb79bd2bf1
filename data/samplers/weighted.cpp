#include "nce/data/samplers/weighted.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "nce/core/error.h"
#include "nce/core/files/contents.h"
#include "nce/data/lines.h"

namespace nce::data {
namespace {

std::vector<double> one_over_class_size(const Population& all) {
  check(!all.labels.empty(), "weighted: {} has neither weights nor labels to draw by", all.name);
  std::map<int, int64_t> sizes;
  for (const int label : all.labels) ++sizes[label];
  std::vector<double> weights;
  for (const int label : all.labels) weights.push_back(1 / double(sizes[label]));
  return weights;
}

}  // namespace

std::vector<int> WeightedRandomSampler::operator()(const Population& all, Random& random) const {
  std::vector<double> sums = weights.empty() ? one_over_class_size(all) : weights;
  check(int64_t(sums.size()) == all.size, "weighted: {} weights do not fit {}, which has {} items", sums.size(),
        all.name, all.size);
  for (size_t i = 0; i < sums.size(); ++i)
    check(sums[i] >= 0 && std::isfinite(sums[i]), "weighted: the weight of item {} must be 0 or more, got {}", i,
          sums[i]);
  std::partial_sum(sums.begin(), sums.end(), sums.begin());
  check(sums.back() > 0 && std::isfinite(sums.back()), "weighted: the weights must have a sum above 0, got {}",
        sums.back());
  // Each item has a part of 0 .. sum as long as its weight. It ends at the sum of the weights up to the item.
  std::vector<int> order(size_t(all.size));
  for (int& item : order) {
    const double u = (double(random.bits() >> 5) * 0x1p26 + double(random.bits() >> 6)) * 0x1p-53;  // 53 bits
    const double at = std::min(u * sums.back(), std::nextafter(sums.back(), 0.0));  // a product may round up
    item = int(std::upper_bound(sums.begin(), sums.end(), at) - sums.begin());
  }
  return order;
}

std::vector<double> read_weights(const std::filesystem::path& file) {
  const std::string text = contents_of(file);
  Lines lines(file, text);
  std::vector<double> weights;
  while (lines.next()) weights.push_back(lines.only<double>("a weight"));
  check(!weights.empty(), "{}: is empty; it needs one weight a line", file.string());
  return weights;
}

}  // namespace nce::data
