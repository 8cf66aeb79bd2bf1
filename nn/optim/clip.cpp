#include "nce/nn/optim/clip.h"

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/row_gradient.h"
#include "nce/core/sums.h"
#include "nce/nn/optim/update.h"

namespace nce::nn {
namespace {

// A gradient (or some of its rows), and the tensor that replaces it. (It cannot be changed in place: two parameters may
// share it.) The names are those that the loop of update.h needs.
struct Job {
  const std::pair<std::string, Tensor*>& owner;
  Tensor grad, weight;
  std::vector<Tensor> state = {};
};

std::vector<Job> gradients_of(const NamedTensors& parameters) {
  std::vector<Job> jobs;
  for (const auto& named : parameters) {
    const RowGradient* rows = named.second->row_grad();
    if (const Tensor grad = rows ? rows->values : named.second->grad(); grad.defined())
      jobs.push_back({named, grad.contiguous(), Tensor::empty(grad.shape(), grad.dtype())});
  }
  return jobs;
}

// Replaces each element g of the gradients by value(g).
template <class F>
void replace(std::vector<Job>& jobs, F value) {
  each_run(jobs, [&]<class T>(const Job&, int64_t n, T* out, const T* g, T*, T*) {
    for (int64_t k = 0; k < n; ++k) out[k] = value(g[k]);
  });
  for (Job& job : jobs) {
    Tensor& owner = *job.owner.second;
    if (owner.row_grad())
      owner.set_row_grad({owner.row_grad()->rows, job.weight});
    else
      owner.set_grad(job.weight);
  }
}

}  // namespace

double clip_grad_norm(const NamedTensors& parameters, double max_norm) {
  check(max_norm > 0, "clip_grad_norm: max_norm must be above 0, got {}", max_norm);
  std::vector<Job> jobs = gradients_of(parameters);
  const auto squares = pieces_of(jobs).sum<1>([&](const Piece& piece) {
    const Tensor& grad = jobs[piece.tensor].grad;
    return dispatch(grad.dtype(), [&]<class T>(T) -> std::array<double, 1> {
      const T* g = grad.data<T>();
      return {sum_in_lanes(piece.begin, piece.end, [g](int64_t k) { return double(g[k]) * double(g[k]); })};
    });
  });
  double total = 0;
  for (size_t i = 0; i < squares.size(); ++i) {
    check(std::isfinite(squares[i][0]),
          "clip_grad_norm: the gradient of '{}' is not finite (its norm is {}); no gradient was changed",
          jobs[i].owner.first, std::sqrt(squares[i][0]));
    total += squares[i][0];
  }
  const double norm = std::sqrt(total), scale = max_norm / (norm + 1e-6);
  if (scale < 1) replace(jobs, [scale]<class T>(T g) { return T(scale) * g; });
  return norm;
}

void clip_grad_value(const NamedTensors& parameters, double limit) {
  check(limit > 0, "clip_grad_value: the limit must be above 0, got {}", limit);
  std::vector<Job> jobs = gradients_of(parameters);
  replace(jobs, [limit]<class T>(T g) { return g > T(limit) ? T(limit) : g < -T(limit) ? -T(limit) : g; });
}

}  // namespace nce::nn
