#include "nce/nn/sentences/transformer.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nce/core/attention.h"
#include "nce/core/error.h"

namespace nce::nn {

// Starts as in PyTorch: Glorot's uniform for the input projections, and no biases.
SelfAttention::SelfAttention(int64_t dim, int64_t heads, Generator& generator)
    : heads_(heads),
      in_proj_weight_(parameter(Tensor::uniform({3 * dim, dim}, -std::sqrt(1.5 / double(dim)),
                                                std::sqrt(1.5 / double(dim)), generator.next()))),
      in_proj_bias_(parameter(Tensor::zeros({3 * dim}))),
      out_proj_(dim, dim, generator) {
  out_proj_.bias = parameter(Tensor::zeros({dim}));
}

Tensor SelfAttention::operator()(const Tensor& x, std::span<const int64_t> offsets) {
  const Tensor qkv = linear(x, in_proj_weight_, in_proj_bias_);
  const int64_t dim = x.size(1);
  const auto part = [&](int64_t i) { return slice(qkv, 1, i * dim, (i + 1) * dim); };
  return out_proj_(segment_attention(part(0), part(1), part(2), offsets, heads_));
}

void SelfAttention::fields(Fields& f) {
  f.parameter("in_proj_weight", in_proj_weight_), f.parameter("in_proj_bias", in_proj_bias_);
  f.module("out_proj", out_proj_);
}

TransformerLayer::TransformerLayer(int64_t dim, int64_t heads, double dropout, Generator& generator)
    : dropout_(dropout),
      self_attn_(dim, heads, generator),
      linear1_(dim, 4 * dim, generator),
      linear2_(4 * dim, dim, generator),
      norm1_(dim),
      norm2_(dim) {}

Tensor TransformerLayer::operator()(const Tensor& x, std::span<const int64_t> offsets, Key key) {
  const auto drop = [&](const Tensor& y, uint64_t use) {
    return training() ? dropout(y, dropout_, key.fold(use)) : y;
  };
  const Tensor attended = x + drop(self_attn_(norm1_(x), offsets), 0);
  return attended + drop(linear2_(drop(gelu(linear1_(norm2_(attended))), 1)), 2);
}

void TransformerLayer::fields(Fields& f) {
  f.module("self_attn", self_attn_), f.module("linear1", linear1_), f.module("linear2", linear2_);
  f.module("norm1", norm1_), f.module("norm2", norm2_);
}

TransformerEncoder::TransformerEncoder(const TokenTable& table, Generator& generator,
                                       const TransformerOptions& options)
    : options_(options),
      emb_layer_(token_embeddings({.rows = table.rows}, options.dim, generator)),
      positions_((Tensor::randn({options.max_length, options.dim}, generator.next()) * 0.02).detach()),
      norm_(options.dim) {
  check_options("transformer", options);
  check(options.dim % options.heads == 0, "transformer: heads {} must divide dim {}", options.heads, options.dim);
  for (int64_t i = 0; i < options.layers; ++i)
    layers_.add(TransformerLayer(options.dim, options.heads, options.dropout, generator));
}

Tensor TransformerEncoder::forward(const Ragged& sentences, Key key) {
  Ragged cut;
  std::vector<int> places;
  for (int64_t i = 0; i < sentences.size(); ++i) {
    const auto words = sentences[i];
    cut.push_back(words.first(std::min(words.size(), size_t(options_.max_length))));
    for (size_t at = places.size(); at < cut.values.size(); ++at)
      places.push_back(int(at) - int(cut.offsets[size_t(i)]));
  }
  Tensor x = emb_layer_(cut.values) + positions_(places);
  if (training()) x = dropout(x, options_.dropout, key.fold(0));
  for (size_t i = 0; i < layers_.size(); ++i) x = layers_[i](x, cut.offsets, key.fold(i + 1));
  return segment_mean(norm_(x), cut.offsets);
}

void TransformerEncoder::fields(Fields& f) {
  f.module("emb_layer", emb_layer_), f.module("positions", positions_);
  f.module("layers", layers_), f.module("norm", norm_);
}

}  // namespace nce::nn
