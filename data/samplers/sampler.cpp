#include "nce/data/samplers/sampler.h"

#include <numeric>

namespace nce::data {

std::vector<int> SequentialSampler::operator()(const Population& all, Random&) const {
  std::vector<int> order(size_t(all.size));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::vector<int> RandomSampler::operator()(const Population& all, Random& random) const {
  std::vector<int> order = SequentialSampler()(all, random);
  random.shuffle(order);
  return order;
}

}  // namespace nce::data
