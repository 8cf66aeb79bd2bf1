#pragma once
#include <functional>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/tensor.h"

namespace nce::test {

using Tensors = std::vector<Tensor>;

inline Tensors in(DType dtype, const Tensors& tensors) {
  Tensors all;
  for (const Tensor& tensor : tensors) all.push_back(tensor.to(dtype));
  return all;
}

/// The gradient that `both_ways` starts with: f32 numbers.
inline Tensor slope(const Shape& shape, DType dtype, Key key = Key(9)) {
  return Tensor::randn(shape, key).to(dtype);
}

/// {f(inputs), its gradient by each input}.
inline Tensors both_ways(const std::function<Tensor(const Tensors&)>& f, const Tensors& inputs, Key key = Key(9)) {
  Tensors leaves;
  for (const Tensor& x : inputs) leaves.push_back(x.detach().clone().set_requires_grad(true));
  Tensors results{f(leaves)};
  results[0].backward(slope(results[0].shape(), results[0].dtype(), key));
  for (const Tensor& leaf : leaves) results.push_back(leaf.grad());
  return results;
}

}  // namespace nce::test
