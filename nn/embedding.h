#pragma once
#include "nce/core/sparse.h"
#include "nce/nn/module.h"

namespace nce::nn {

/// Rows of a table by their numbers: N numbers -> (N, dim). weight (rows, dim) starts as N(0, 1), as in PyTorch.
class Embedding : public Module {
 public:
  Embedding(int64_t rows, int64_t dim, Generator& generator)
      : Embedding(Tensor::randn({rows, dim}, generator.next())) {}
  /// Starts with these values.
  explicit Embedding(const Tensor& weight) : weight(parameter(weight)) {}
  Tensor operator()(std::span<const int> index) const { return embedding(weight, index); }
  void fields(Fields& f) override { f.parameter("weight", weight); }
  Tensor weight;
};

/// N lists of numbers -> (N, dim): for each list, the mean or sum of its rows. weight: as for `Embedding`.
class EmbeddingBag : public Module {
 public:
  EmbeddingBag(int64_t rows, int64_t dim, Generator& generator, BagMode mode = BagMode::mean)
      : EmbeddingBag(Tensor::randn({rows, dim}, generator.next()), mode) {}
  explicit EmbeddingBag(const Tensor& weight, BagMode mode = BagMode::mean)
      : weight(parameter(weight)), mode(mode) {}
  Tensor operator()(const Ragged& bags) const { return embedding_bag(weight, bags, {.mode = mode}); }
  void fields(Fields& f) override { f.parameter("weight", weight); }
  Tensor weight;
  BagMode mode;
};

}  // namespace nce::nn
