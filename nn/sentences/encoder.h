#pragma once
#include <span>

#include "nce/core/sparse.h"
#include "nce/nn/module.h"

namespace nce::nn {

/// The table of embeddings that an encoder looks tokens up in.
struct TokenTable {
  int64_t rows = 0;
  /// How much each row starts with, (rows): its inverse document frequency. Empty: 1 each.
  std::span<const float> idf = {};
};

/// A module that turns sentences into features (N, feature_dim). A sentence is a list of rows of the table; an empty one
/// gives what the encoder makes of nothing. `key` is that of this step's dropout; in evaluation mode it does not count.
class SentenceEncoder : public Module {
 public:
  virtual int64_t feature_dim() const = 0;
  virtual Tensor forward(const Ragged& sentences, Key key) = 0;
  Tensor operator()(const Ragged& sentences, Key key = Key()) {
    return located([&] { return forward(sentences, key); });
  }
};

/// A table whose rows start as N(0, 1 / dim), times their idf: (rows, dim). Cosines of means then begin near those of TF-IDF.
Tensor token_embeddings(const TokenTable& table, int64_t dim, Generator& generator);

}  // namespace nce::nn
