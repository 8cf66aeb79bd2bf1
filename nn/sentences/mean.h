#pragma once
#include "nce/core/options.h"
#include "nce/nn/embedding.h"
#include "nce/nn/layers.h"
#include "nce/nn/sentences/encoder.h"

namespace nce::nn {

/// Options of all sentence encoders for which the order of tokens does not count.
struct BagOptions {
  std::string tokens = "both";
  int64_t dim = 256;
  double dropout = 0.1;
  void fields(Options& o) {
    o.choice("tokens", tokens, {"words", "ngrams", "both"},
             "what is looked up: words, their character n-grams, or both");
    o.integer("dim", dim, "size of the embeddings of tokens", {.least = 1});
    o.number("dropout", dropout, "share of a view's features that are zeroed", {.least = 0, .below = 1});
  }
};

/// The mean of the embeddings of a sentence's tokens, (N, dim), with dropout.
class MeanEncoder final : public SentenceEncoder {
 public:
  MeanEncoder(const TokenTable& table, Generator& generator, const BagOptions& options = {});
  int64_t feature_dim() const override { return options_.dim; }
  Tensor forward(const Ragged& sentences, Key key) override;
  void fields(Fields& f) override { f.module("emb_layer", emb_layer_); }

 private:
  BagOptions options_;
  EmbeddingBag emb_layer_;
};

struct DanOptions : BagOptions {
  int64_t hidden = 256, layers = 2;
  void fields(Options& o) {
    BagOptions::fields(o);
    o.integer("hidden", hidden, "size of each layer behind the mean", {.least = 1});
    o.integer("layers", layers, "linear layers behind the mean", {.least = 1});
  }
};

/// A deep averaging network (Iyyer et al., "Deep Unordered Composition Rivals Syntactic Methods for Text
/// Classification", ACL 2015): the mean of the embeddings, then linear layers with ReLU between them: (N, hidden).
class DanEncoder final : public SentenceEncoder {
 public:
  DanEncoder(const TokenTable& table, Generator& generator, const DanOptions& options = {});
  int64_t feature_dim() const override { return options_.hidden; }
  Tensor forward(const Ragged& sentences, Key key) override;
  void fields(Fields& f) override { f.module("emb_layer", emb_layer_), f.module("layers", layers_); }

 private:
  DanOptions options_;
  EmbeddingBag emb_layer_;
  Sequential layers_;
};

}  // namespace nce::nn
