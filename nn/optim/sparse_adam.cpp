#include "nce/nn/optim/sparse_adam.h"

#include <algorithm>
#include <cmath>

#include "nce/core/parallel.h"

namespace nce::nn {
namespace {

// A separate function: then its numbers are in registers, and the compiler makes a loop over vectors.
template <class T>
void step_row(const AdamOptions& options, T rate, int64_t n, const T* g, T* w, T* m, T* v) {
  const T b1 = T(options.beta1), new1 = T(1 - options.beta1), b2 = T(options.beta2), new2 = T(1 - options.beta2);
  const T eps = T(options.eps);
  for (int64_t k = 0; k < n; ++k) {
    m[k] = b1 * m[k] + new1 * g[k];
    v[k] = b2 * v[k] + new2 * g[k] * g[k];
    w[k] -= rate * m[k] / (std::sqrt(v[k]) + eps);
  }
}

}  // namespace

SparseAdam::SparseAdam(NamedTensors parameters, const AdamOptions& options)
    : Adam("SparseAdam", std::move(parameters), options) {}

void SparseAdam::update(std::vector<Job>& jobs) {
  const double correction1 = 1 - std::pow(options().beta1, double(steps()));
  const double correction2 = 1 - std::pow(options().beta2, double(steps()));
  std::vector<Job> dense;
  for (Job& job : jobs) {
    if (!job.rows) {
      dense.push_back(job);
      continue;
    }
    const std::vector<int>& rows = job.rows->rows;
    const int64_t width = job.weight.numel() / std::max<int64_t>(job.weight.size(0), 1);
    dispatch(job.weight.dtype(), [&]<class T>(T) {
      T *weight = job.weight.mutable_data<T>(), *mean = job.state[0].mutable_data<T>(),
        *square = job.state[1].mutable_data<T>();
      const T* grad = std::as_const(job.grad).data<T>();
      const T rate = T(lr() * std::sqrt(correction2) / correction1);
      parallel_for(int64_t(rows.size()), (1 << 14) / std::max<int64_t>(width, 1) + 1,
                   [&](int64_t begin, int64_t end) {
                     for (int64_t i = begin; i < end; ++i) {
                       const int64_t at = rows[size_t(i)] * width;
                       step_row(options(), rate, width, grad + i * width, weight + at, mean + at, square + at);
                     }
                   });
    });
  }
  Adam::update(dense);
}

}  // namespace nce::nn
