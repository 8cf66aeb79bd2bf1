#pragma once
#include "nce/core/sparse.h"
#include "nce/nn/module.h"

namespace nce::nn {

/// Rows of a table by their numbers: N of them -> (N, dim). weight (rows, dim) starts as N(0, 1), as in PyTorch.
class Embedding : public Module {
 public:
  Embedding(int64_t rows, int64_t dim, Generator& generator)
      : Embedding(Tensor::randn({rows, dim}, generator.next())) {}
  /// With these values to begin with.
  explicit Embedding(const Tensor& weight) : weight(parameter(weight)) {}
  Tensor operator()(std::span<const int> index) const { return embedding(weight, index); }
  void fields(Fields& f) override { f.parameter("weight", weight); }
  Tensor weight;
};

/// The mean or sum of the rows that each of N lists names: (N, dim). weight as of `Embedding`.
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
