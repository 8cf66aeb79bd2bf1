#pragma once
#include "nce/core/options.h"
#include "nce/nn/embedding.h"
#include "nce/nn/layers.h"
#include "nce/nn/sentences/encoder.h"

namespace nce::nn {

struct CnnOptions {
  int64_t dim = 128, width = 128;
  double dropout = 0.1;
  void fields(Options& o) {
    o.integer("dim", dim, "size of the embeddings of words", {.least = 1});
    o.integer("width", width, "channels of each convolution", {.least = 1});
    o.number("dropout", dropout, "share of a view's features that are zeroed", {.least = 0, .below = 1});
  }
};

/// Convolutions over 1, 3 and 5 words, padded with zeros, and ReLU; then the largest value of each channel: (N, 3 width).
/// Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP 2014; the sizes are those of the CNN in
/// sentence-transformers. The weight of `convs.i` is (width, size dim): a linear layer on `size` neighbours side by side.
class CnnEncoder final : public SentenceEncoder {
 public:
  CnnEncoder(const TokenTable& table, Generator& generator, const CnnOptions& options = {});
  int64_t feature_dim() const override { return int64_t(convs_.size()) * options_.width; }
  Tensor forward(const Ragged& sentences, Key key) override;
  void fields(Fields& f) override { f.module("emb_layer", emb_layer_), f.module("convs", convs_); }

 private:
  CnnOptions options_;
  Embedding emb_layer_;
  ModuleList<Linear> convs_;
};

}  // namespace nce::nn
