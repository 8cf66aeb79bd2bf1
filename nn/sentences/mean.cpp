#include "nce/nn/sentences/mean.h"

#include <cmath>

#include "nce/core/error.h"

namespace nce::nn {

Tensor token_embeddings(const TokenTable& table, int64_t dim, Generator& generator) {
  check(table.rows >= 1, "a sentence encoder needs a table with rows; there is no token in the training sentences");
  check(table.idf.empty() || int64_t(table.idf.size()) == table.rows, "a table of {} rows has an idf of {}",
        table.rows, table.idf.size());
  const Tensor rows = Tensor::randn({table.rows, dim}, generator.next()) * (1 / std::sqrt(double(dim)));
  if (table.idf.empty()) return rows;
  return (rows * Tensor::from(std::vector<float>(table.idf.begin(), table.idf.end()), {table.rows, 1})).detach();
}

MeanEncoder::MeanEncoder(const TokenTable& table, Generator& generator, const BagOptions& options)
    : options_(options), emb_layer_(token_embeddings(table, options.dim, generator)) {
  check_options("mean", options);
}

Tensor MeanEncoder::forward(const Ragged& sentences, Key key) {
  const Tensor x = emb_layer_(sentences);
  return training() ? dropout(x, options_.dropout, key) : x;
}

DanEncoder::DanEncoder(const TokenTable& table, Generator& generator, const DanOptions& options)
    : options_(options), emb_layer_(token_embeddings(table, options.dim, generator)) {
  check_options("dan", options);
  int64_t in = options.dim;
  for (int64_t layer = 0; layer < options.layers; ++layer, in = options.hidden) {
    if (layer > 0) layers_.add<ReLU>();
    layers_.add(Linear(in, options.hidden, generator));
  }
}

Tensor DanEncoder::forward(const Ragged& sentences, Key key) {
  const Tensor x = emb_layer_(sentences);
  return layers_(training() ? dropout(x, options_.dropout, key) : x);
}

}  // namespace nce::nn
