#include "nce/nn/optim/lars.h"

#include <array>
#include <cmath>

#include "nce/core/sums.h"
#include "nce/nn/optim/update.h"

namespace nce::nn {

LARS::LARS(NamedTensors parameters, const LarsOptions& options)
    : Optimizer("LARS", std::move(parameters), options.lr, {"momentum"}), options_(options) {
  check_options("LARS", options);
}

void LARS::update(std::vector<Job>& jobs) {
  const auto squares = pieces_of(jobs).sum<2>([&](const Piece& piece) -> std::array<double, 2> {
    const Job& job = jobs[piece.tensor];
    if (!job.is_matrix()) return {};
    return dispatch(job.weight.dtype(), [&]<class T>(T) -> std::array<double, 2> {
      const T *w = job.weight.data<T>(), *g = job.grad.data<T>();
      const double decay = options_.weight_decay;
      return {sum_in_lanes(piece.begin, piece.end, [=](int64_t k) { return double(w[k]) * double(w[k]); }),
              sum_in_lanes(piece.begin, piece.end, [=](int64_t k) {
                const double slope = double(g[k]) + decay * double(w[k]);
                return slope * slope;
              })};
    });
  });
  each_run(jobs, [&]<class T>(const Job& job, int64_t n, T* w, const T* g, T* buf, T*) {
    const auto [w2, g2] = squares[size_t(&job - jobs.data())];
    const double trust = w2 > 0 && g2 > 0 ? options_.trust_coefficient * std::sqrt(w2 / g2) : 1.0;
    const bool inside = options_.rate_in_momentum;
    const T scale = T(inside ? lr() * trust : trust), rate = T(inside ? 1 : lr());
    const T decay = job.is_matrix() ? T(options_.weight_decay) : T(0), momentum = T(options_.momentum);
    for (int64_t k = 0; k < n; ++k) {
      buf[k] = momentum * buf[k] + scale * (g[k] + decay * w[k]);
      w[k] -= rate * buf[k];  // 1 * buf is buf, to the bit
    }
  });
}

}  // namespace nce::nn
