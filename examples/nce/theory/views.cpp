#include "theory/views.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"

namespace nce::cli {
namespace {

// `samples` shared out as P says: the whole parts, then one each to the largest remainders.
std::vector<int> share_out(const std::vector<double>& p, int64_t samples) {
  std::vector<int64_t> counts;
  std::vector<size_t> by_remainder(p.size());
  std::iota(by_remainder.begin(), by_remainder.end(), size_t{0});
  for (const double share : p) counts.push_back(int64_t(std::floor(share * double(samples))));
  const auto remainder = [&](size_t k) { return p[k] * double(samples) - double(counts[k]); };
  std::stable_sort(by_remainder.begin(), by_remainder.end(),
                   [&](size_t a, size_t b) { return remainder(a) > remainder(b); });
  const int64_t left = samples - std::accumulate(counts.begin(), counts.end(), int64_t{0});
  for (int64_t i = 0; i < left; ++i) ++counts[by_remainder[size_t(i) % p.size()]];
  std::vector<int> states;
  for (size_t k = 0; k < p.size(); ++k) states.insert(states.end(), size_t(counts[k]), int(k));
  return states;
}

}  // namespace

StateData::StateData(StateModel model, int64_t samples, double noise, Key key)
    : model_(std::move(model)), noise_(noise), key_(key), sample_states_(share_out(model_.p, samples)) {}

StateViews StateData::batch(int64_t epoch, int64_t step, int64_t batch, int64_t num_views) const {
  const int64_t samples = int64_t(sample_states_.size());
  check((step + 1) * batch <= samples, "there is no batch {} of {} in an epoch of {} samples", step, batch,
        samples);
  std::vector<int> order(sample_states_.size());
  std::iota(order.begin(), order.end(), 0);
  const Key key = key_.fold(uint64_t(epoch));
  Random(key.fold(0)).shuffle(order);
  StateViews views{.states = std::vector<std::vector<int>>(size_t(num_views)), .views = {}};
  Random random(key.fold(1).fold(uint64_t(step))), later(key.fold(0).fold(uint64_t(step)));
  for (int64_t i = step * batch; i < (step + 1) * batch; ++i)
    for (size_t v = 0; v < views.states.size(); ++v)
      views.states[v].push_back(draw(sample_states_[size_t(order[size_t(i)])], v < 2 ? random : later));
  for (size_t v = 0; v < views.states.size(); ++v)
    views.views.push_back(show(views.states[v], key.fold(2 + v).fold(uint64_t(step))));
  return views;
}

int StateData::draw(int sample_state, Random& random) const {
  const std::vector<double>& row = model_.a[size_t(sample_state)];
  double left = double(random.uniform());
  int last = 0;
  for (size_t j = 0; j < row.size(); ++j) {
    if (row[j] > 0) last = int(j);  // what rounding leaves over goes to a state that can be reached
    if ((left -= row[j]) < 0) break;
  }
  return last;
}

Tensor StateData::show(const std::vector<int>& states, Key key) const {
  const NoGrad no_grad;
  const int64_t n = int64_t(states.size()), k = int64_t(model_.states());
  Tensor out = Tensor::randn({n, k}, key) * noise_;
  float* x = out.mutable_data<float>();
  for (int64_t i = 0; i < n; ++i) x[i * k + states[size_t(i)]] += 1;
  return out;
}

}  // namespace nce::cli
