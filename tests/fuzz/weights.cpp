// A file of weights, one a line, and what is drawn by them.
#include "nce/data/samplers/weighted.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("weights", text) {
  using namespace nce::data;
  refusable([&] {
    const WeightedRandomSampler sampler{read_weights(file_of(text))};
    const auto size = int64_t(sampler.weights.size());
    nce::Random random{nce::Key(1)};
    const std::vector<int> none;
    for (const int item : sampler({.name = "F", .size = size, .labels = none}, random))
      sound(item >= 0 && item < size && sampler.weights[size_t(item)] > 0);
  });
}
