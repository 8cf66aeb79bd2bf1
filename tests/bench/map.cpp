// nce_bench_map FEATURES.npy MAP.npy: the map of `nn::neighbour_embedding`, for map.py.
#include <fmt/format.h>

#include "nce/core/error.h"
#include "nce/core/files/npy.h"
#include "nce/nn/eval/neighbour_embedding.h"

using namespace nce;

int main(int count, char** words) try {
  check(count == 3, "usage: nce_bench_map FEATURES.npy MAP.npy");
  const NpyArray array = load_npy(words[1]);
  std::vector<float> values;
  for (int64_t i = 0; i < array.size(); ++i) values.push_back(float(array[i]));
  save_npy(words[2], nn::neighbour_embedding(Tensor::from(values, {array.shape.at(0), array.shape.at(1)})));
} catch (const std::exception& error) {
  fmt::print(stderr, "nce_bench_map: {}\n", error.what());
  return 1;
}
