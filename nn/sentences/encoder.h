#pragma once
#include <span>

#include "nce/core/sparse.h"
#include "nce/nn/module.h"

namespace nce::nn {

/// The table of embeddings, in which an encoder finds the rows of tokens.
struct TokenTable {
  int64_t rows = 0;
  /// The weight with which each row starts, (rows): its inverse document frequency. Empty: 1 for all.
  std::span<const float> idf = {};
};

/// A module that turns sentences into features (N, feature_dim). A sentence is a list of rows of the table. It may be
/// empty: each encoder has a result for that. `key` is for the dropout of this step, and has no effect in evaluation mode.
class SentenceEncoder : public Module {
 public:
  virtual int64_t feature_dim() const = 0;
  virtual Tensor forward(const Ragged& sentences, Key key) = 0;
  Tensor operator()(const Ragged& sentences, Key key = Key()) {
    return located([&] { return forward(sentences, key); });
  }
};

/// A table whose rows start as N(0, 1 / dim), times their idf: (rows, dim). At first, cosines of means are then near
/// those of TF-IDF.
Tensor token_embeddings(const TokenTable& table, int64_t dim, Generator& generator);

}  // namespace nce::nn
