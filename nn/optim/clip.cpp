#include "nce/nn/optim/clip.h"

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/sums.h"
#include "nce/nn/optim/pieces.h"

namespace nce::nn {
namespace {

struct Gradients {
  std::vector<const std::pair<std::string, Tensor*>*> owners;
  std::vector<Tensor> dense;
  Pieces pieces{{}};
};

Gradients gradients_of(const NamedTensors& parameters) {
  Gradients found;
  std::vector<int64_t> sizes;
  for (const auto& named : parameters) {
    if (!named.second->grad().defined()) continue;
    found.owners.push_back(&named);
    found.dense.push_back(named.second->grad().contiguous());
    sizes.push_back(found.dense.back().numel());
  }
  found.pieces = Pieces(sizes);
  return found;
}

// Replaces each element g of the gradients by value(g). In new tensors: two parameters may share a gradient.
template <class F>
void replace(const Gradients& old, F value) {
  std::vector<Tensor> fresh;
  std::vector<void*> to;
  for (const Tensor& grad : old.dense) {
    fresh.push_back(Tensor::empty(grad.shape(), grad.dtype()));
    dispatch(grad.dtype(), [&]<class T>(T) { to.push_back(fresh.back().mutable_data<T>()); });
  }
  old.pieces.run([&](const Piece& piece) {
    const Tensor& grad = old.dense[piece.tensor];
    dispatch(grad.dtype(), [&]<class T>(T) {
      const T* from = grad.data<T>();
      T* out = static_cast<T*>(to[piece.tensor]);
      for (int64_t k = piece.begin; k < piece.end; ++k) out[k] = value(from[k]);
    });
  });
  for (size_t i = 0; i < fresh.size(); ++i) old.owners[i]->second->set_grad(fresh[i]);
}

}  // namespace

double clip_grad_norm(const NamedTensors& parameters, double max_norm) {
  check(max_norm > 0, "clip_grad_norm: max_norm must be above 0, got {}", max_norm);
  const Gradients grads = gradients_of(parameters);
  const auto squares = grads.pieces.sum<1>([&](const Piece& piece) {
    const Tensor& grad = grads.dense[piece.tensor];
    return dispatch(grad.dtype(), [&]<class T>(T) -> std::array<double, 1> {
      const T* g = grad.data<T>();
      return {sum_in_lanes(piece.begin, piece.end, [g](int64_t k) { return double(g[k]) * double(g[k]); })};
    });
  });
  double total = 0;
  for (size_t i = 0; i < squares.size(); ++i) {
    check(std::isfinite(squares[i][0]),
          "clip_grad_norm: the gradient of '{}' is not finite (its norm is {}); no gradient was changed",
          grads.owners[i]->first, std::sqrt(squares[i][0]));
    total += squares[i][0];
  }
  const double norm = std::sqrt(total), scale = max_norm / (norm + 1e-6);
  if (scale < 1) replace(grads, [scale]<class T>(T g) { return T(scale) * g; });
  return norm;
}

void clip_grad_value(const NamedTensors& parameters, double limit) {
  check(limit > 0, "clip_grad_value: the limit must be above 0, got {}", limit);
  replace(gradients_of(parameters), [limit]<class T>(T g) {
    return g > T(limit) ? T(limit) : g < -T(limit) ? -T(limit) : g;
  });
}

}  // namespace nce::nn
