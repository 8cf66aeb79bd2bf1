#pragma once
#include "nce/core/options.h"
#include "nce/nn/embedding.h"
#include "nce/nn/layers.h"
#include "nce/nn/sentences/encoder.h"

namespace nce::nn {

/// Multi-head self-attention with the names of PyTorch's nn.MultiheadAttention. Rows offsets[b] .. offsets[b + 1] of
/// x (n, dim) are a sequence.
class SelfAttention final : public Module {
 public:
  SelfAttention(int64_t dim, int64_t heads, Generator& generator);
  Tensor operator()(const Tensor& x, std::span<const int64_t> offsets);
  void fields(Fields& f) override;

 private:
  int64_t heads_;
  Tensor in_proj_weight_, in_proj_bias_;  // (3 dim, dim), (3 dim): of queries, keys and values
  Linear out_proj_;
};

/// A pre-norm block: PyTorch's nn.TransformerEncoderLayer with norm_first, GELU and a hidden layer of 4 dim, and its names.
class TransformerLayer final : public Module {
 public:
  TransformerLayer(int64_t dim, int64_t heads, double dropout, Generator& generator);
  Tensor operator()(const Tensor& x, std::span<const int64_t> offsets, Key key);
  void fields(Fields& f) override;

 private:
  double dropout_;
  SelfAttention self_attn_;
  Linear linear1_, linear2_;
  LayerNorm norm1_, norm2_;
};

struct TransformerOptions {
  int64_t dim = 128, layers = 2, heads = 4, max_length = 64;
  double dropout = 0.1;
  void fields(Options& o) {
    o.integer("dim", dim, "size of the embeddings of words, and of all layers", {.least = 1});
    o.integer("layers", layers, "blocks of attention", {.least = 1});
    o.integer("heads", heads, "heads of the attention, a divisor of dim", {.least = 1});
    o.integer("max_length", max_length, "words of a sentence that count, the first ones", {.least = 1});
    o.number("dropout", dropout, "share of the values behind embeddings and layers that are zeroed",
             {.least = 0, .below = 1});
  }
};

/// A small Transformer (Vaswani et al., "Attention Is All You Need", 2017) with learnt positions and pre-norm blocks, then the
/// mean over the words: (N, dim). Sentences are not padded. An empty one gives 0.
class TransformerEncoder final : public SentenceEncoder {
 public:
  TransformerEncoder(const TokenTable& table, Generator& generator, const TransformerOptions& options = {});
  int64_t feature_dim() const override { return options_.dim; }
  Tensor forward(const Ragged& sentences, Key key) override;
  void fields(Fields& f) override;

 private:
  TransformerOptions options_;
  Embedding emb_layer_, positions_;
  ModuleList<TransformerLayer> layers_;
  LayerNorm norm_;
};

}  // namespace nce::nn
