#include "nce/nn/sentences/cnn.h"

#include "nce/core/error.h"

namespace nce::nn {
namespace {

constexpr int kSizes[] = {1, 3, 5};

// For each word, the place of the word `shift` to the right in its sentence. If there is none: the place after all words.
std::vector<int> neighbours(const Ragged& sentences, int shift) {
  const int none = int(sentences.values.size());
  std::vector<int> places;
  for (int64_t s = 0; s < sentences.size(); ++s) {
    const int begin = int(sentences.offsets[size_t(s)]), end = int(sentences.offsets[size_t(s) + 1]);
    for (int i = begin; i < end; ++i) {
      const int other = i + shift;
      places.push_back(other >= begin && other < end ? other : none);
    }
  }
  return places;
}

}  // namespace

CnnEncoder::CnnEncoder(const TokenTable& table, Generator& generator, const CnnOptions& options)
    : options_(options), emb_layer_(token_embeddings({.rows = table.rows}, options.dim, generator)) {
  check_options("cnn", options);
  for (const int size : kSizes) convs_.add(Linear(size * options.dim, options.width, generator));
}

Tensor CnnEncoder::forward(const Ragged& sentences, Key key) {
  const Tensor words = emb_layer_(sentences.values);
  const Tensor padded = concatenate({words, Tensor::zeros({1, options_.dim}, words.dtype())});
  std::vector<Tensor> pooled;
  for (size_t i = 0; i < convs_.size(); ++i) {
    const int reach = kSizes[i] / 2;
    std::vector<Tensor> around;
    for (int shift = -reach; shift <= reach; ++shift)
      around.push_back(shift == 0 ? words : index_select(padded, 0, neighbours(sentences, shift)));
    pooled.push_back(segment_max(relu(convs_[i](concatenate(around, 1))), sentences.offsets));
  }
  const Tensor features = concatenate(pooled, 1);
  return training() ? dropout(features, options_.dropout, key) : features;
}

}  // namespace nce::nn
