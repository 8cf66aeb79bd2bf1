#pragma once
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "nce/losses/dcl.h"
#include "nce/losses/debiased_info_nce.h"
#include "nce/losses/dhel.h"
#include "nce/losses/f_micl.h"
#include "nce/losses/gkcl.h"
#include "nce/losses/hard_info_nce.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/is_info_nce.h"
#include "nce/losses/moco.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/losses/sig_lip.h"
#include "nce/losses/simple_contrastive.h"
#include "nce/losses/spectral_contrastive.h"
#include "nce/losses/sup_con.h"
#include "nce/losses/t_simcne.h"
#include "nce/losses/triplet.h"

/// The losses of pairs, written as their formulas: plain operations on the N x N matrix of similarities. They are for reading
/// and for tests: memory is O(N^2), and low temperatures lose digits. Inputs and outputs are those of the loss of that name.
namespace nce::losses::dense {

// ---- words that the formulas are made of

/// s_ik = cos(a_i, b_k) / temperature. a: (N, d), b: (M, d) -> (N, M).
inline Tensor similarities(const Tensor& a, const Tensor& b, const Temperature& temperature) {
  return matmul(normalize(a), t(normalize(b))) * (1 / temperature.value());
}

/// The identity matrix (n, n), repeated `copies` times across and down. copies = 2: (2n, 2n), 1 where two rows are of
/// one pair.
inline Tensor identity(int64_t n, DType dtype, int64_t copies = 1) {
  std::vector<double> ones(size_t(n * n * copies * copies));
  for (int64_t i = 0; i < n * copies; ++i)
    for (int64_t k = i % n; k < n * copies; k += n) ones[size_t(i * n * copies + k)] = 1;
  return Tensor::from(ones, {n * copies, n * copies}).to(dtype);
}

/// log sum_{k != i} exp(s_ik) for each row i of s (N, N): (N).
inline Tensor log_sum_others(const Tensor& s) {
  return logsumexp(masked_fill(s, identity(s.size(0), s.dtype()), -std::numeric_limits<double>::infinity()), 1);
}

/// The same for the rows of two views, s (2N, 2N) -> (2N): k is neither i nor the other view of i.
inline Tensor log_sum_other_pairs(const Tensor& s) {
  const Tensor pairs = identity(s.size(0) / 2, s.dtype(), 2);
  return logsumexp(masked_fill(s, pairs, -std::numeric_limits<double>::infinity()), 1);
}

/// Mean of x_ik over k != i, x (N, N): a scalar.
inline Tensor mean_of_others(const Tensor& x) {
  const double n = double(x.size(0));
  return (sum(x) - sum(diagonal(x))) * (1 / (n * (n - 1)));
}

/// log(exp(a) + exp(b)), element by element.
inline Tensor log_add(const Tensor& a, const Tensor& b) { return logsumexp(stack({a, b}), 0); }

/// f(x), element by element, for a plain function f and its derivative.
inline Tensor apply(const Tensor& x, const std::function<double(double)>& f,
                    const std::function<double(double)>& derivative) {
  const auto each = [&](const std::function<double(double)>& g) {
    std::vector<double> values = x.to_vector<double>();
    for (double& value : values) value = g(value);
    return Tensor::from(values, x.shape()).to(x.dtype());
  };
  return record("apply", each(f), {x}, [by_x = each(derivative)](const Tensor& grad) { return grad * by_x; });
}

// ---- softmax of the positive among the negatives

/// log sum_k exp(s_ik) over the negatives k of each row i of z1: (N).
inline Tensor log_sum_negatives(const Tensor& z1, const Tensor& z2, const Temperature& temperature,
                                NegativesFrom from) {
  const Tensor other = log_sum_others(similarities(z1, z2, temperature));
  const Tensor own = log_sum_others(similarities(z1, z1, temperature));
  if (from == NegativesFrom::both_views) return log_add(other, own);
  return from == NegativesFrom::own_view ? own : other;
}

inline Tensor info_nce(const Tensor& z1, const Tensor& z2, const InfoNceOptions& o = {}) {
  const auto one_way = [&](const Tensor& a, const Tensor& b) {
    const Tensor positive = diagonal(similarities(a, b, o.temperature));
    return mean(log_add(positive, log_sum_negatives(a, b, o.temperature, o.negatives)) - positive);
  };
  return o.symmetric ? (one_way(z1, z2) + one_way(z2, z1)) * 0.5 : one_way(z1, z2);
}

inline Tensor nt_xent(const Tensor& z1, const Tensor& z2, const NtXentOptions& o = {}) {
  const Tensor z = concatenate({z1, z2}), positive = diagonal(similarities(z1, z2, o.temperature));
  const Tensor s = similarities(z, z, o.temperature);
  return mean((o.self_contrast ? logsumexp(s, 1) : log_sum_others(s)) - concatenate({positive, positive}));
}

inline Tensor dcl(const Tensor& z1, const Tensor& z2, const DclOptions& o = {}) {
  const auto one_way = [&](const Tensor& a, const Tensor& b) {
    return mean(log_sum_negatives(a, b, o.temperature, o.negatives) - diagonal(similarities(a, b, o.temperature)));
  };
  return o.symmetric ? (one_way(z1, z2) + one_way(z2, z1)) * 0.5 : one_way(z1, z2);
}

inline Tensor dclw(const Tensor& z1, const Tensor& z2, const DclwOptions& o = {}) {
  const Tensor positive = diagonal(similarities(z1, z2, o.temperature));
  const Tensor cosine = diagonal(similarities(z1, z2, 1)), closeness = o.stop_gradient ? cosine.detach() : cosine;
  const Tensor weight = 2.0 - softmax(closeness / o.sigma) * double(z1.size(0));
  return dense::dcl(z1, z2, {.temperature = o.temperature, .negatives = o.negatives, .symmetric = o.symmetric}) -
         mean((weight - 1.0) * positive);
}

inline Tensor sc_info_nce(const Tensor& z1, const Tensor& z2, const ScInfoNceOptions& o = {}) {
  const double gamma = o.gamma_value();
  const Tensor s = similarities(z1, z2, o.temperature), positive = diagonal(s);
  const Tensor log_p = positive - (o.denominator == Denominator::all ? logsumexp(s, 1) : log_sum_others(s));
  const Tensor loss = mean(-log_p - positive * (o.delta - 1)) + mean_of_others(s) * gamma;
  return o.positive_weight == PositiveWeight::exact ? loss : loss - mean(exp(log_p.detach()) * positive);
}

inline Tensor dhel(const Tensor& z1, const Tensor& z2, const DhelOptions& o = {}) {
  const auto energy = [&](const Tensor& z) { return mean(log_sum_others(similarities(z, z, o.temperature))); };
  const Tensor loss = energy(z1) - mean(diagonal(similarities(z1, z2, o.temperature)));
  return o.both_views ? loss + energy(z2) : loss;
}

inline Tensor is_info_nce(const Tensor& z1, const Tensor& z2, const Tensor& z3, const IsInfoNceOptions& o = {}) {
  const Tensor positive = diagonal(similarities(z1, z2, o.temperature));
  return mean(log_sum_others(similarities(z3, z3, o.temperature)) - positive);
}

inline Tensor moco(const Tensor& queries, const Tensor& keys, const MemoryQueue& queue, const MocoOptions& o = {}) {
  const Tensor positive = diagonal(similarities(queries, keys.detach(), o.temperature));
  return mean(log_add(positive, logsumexp(similarities(queries, queue.rows(), o.temperature), 1)) - positive);
}

inline Tensor hard_info_nce(const Tensor& z1, const Tensor& z2, const HardInfoNceOptions& o = {}) {
  const double m = 2 * double(z1.size(0)) - 2, tau = o.temperature.value();
  const Tensor z = concatenate({z1, z2}), s = similarities(z, z, tau);
  const Tensor pair = exp(diagonal(similarities(z1, z2, tau))), positive = concatenate({pair, pair});
  const Tensor weights = o.beta > 0 ? exp(log_sum_other_pairs(s * o.beta)) : Tensor::scalar(m, z1.dtype());
  const Tensor h = exp(log_sum_other_pairs(s * (1 + o.beta))) / weights;
  const Tensor least = Tensor::scalar(std::exp(-1 / tau), z1.dtype());
  return mean(log1p(maximum((h - positive * o.tau_plus) / (1 - o.tau_plus), least) * m / positive));
}

inline Tensor debiased_info_nce(const Tensor& z1, const Tensor& z2, const DebiasedInfoNceOptions& o = {}) {
  return dense::hard_info_nce(z1, z2, {.temperature = o.temperature, .beta = 0, .tau_plus = o.tau_plus});
}

inline Tensor sup_con(const Tensor& z, std::span<const int> labels, const SupConOptions& o = {}) {
  const size_t n = labels.size();
  std::vector<double> weight(n * n);  // [k in P_i] / |P_i|
  double anchors = 0;
  for (size_t i = 0; i < n; ++i) {
    const double positives = double(std::count(labels.begin(), labels.end(), labels[i]) - 1);
    anchors += positives > 0;
    for (size_t k = 0; k < n; ++k)
      if (k != i && labels[i] == labels[k]) weight[i * n + k] = 1 / positives;
  }
  const Tensor s = similarities(z, z, o.temperature);
  const Tensor w = Tensor::from(weight, {int64_t(n), int64_t(n)}).to(z.dtype());
  const double scale = o.base_temperature ? o.temperature.value() / *o.base_temperature : 1;
  return sum((unsqueeze(log_sum_others(s), 1) - s) * w) *
         (scale / (o.all_anchors ? double(n) : std::max(1.0, anchors)));
}
inline Tensor sup_con(const std::vector<Tensor>& views, std::span<const int> labels, const SupConOptions& o = {}) {
  const size_t n = size_t(views[0].size(0));
  std::vector<int> all(views.size() * n);
  for (size_t i = 0; i < all.size(); ++i) all[i] = labels.empty() ? int(i % n) : labels[i % n];
  return dense::sup_con(concatenate(views), all, o);
}

/// Each sample is a class of its own.
inline Tensor nt_xent(const std::vector<Tensor>& views, const NtXentOptions& o = {}) {
  const Tensor loss = dense::sup_con(views, {}, {.temperature = o.temperature}), z = concatenate(views);
  const Tensor s = similarities(z, z, o.temperature);
  return o.self_contrast ? loss + mean(logsumexp(s, 1) - log_sum_others(s)) : loss;
}

// ---- each pair by itself

inline Tensor sig_lip(const Tensor& z1, const Tensor& z2, const SigLipOptions& o = {}) {
  const Tensor x = similarities(z1, z2, o.temperature) + o.bias;
  const Tensor y = identity(x.size(0), x.dtype()) * 2.0 - 1.0;
  return sum(softplus(-y * x)) / double(x.size(0));
}

inline Tensor triplet(const Tensor& z1, const Tensor& z2, const TripletOptions& o = {}) {
  const Tensor s = similarities(z1, z2, o.soft ? o.temperature : 0.5), lead = s - unsqueeze(diagonal(s), 1);
  return mean_of_others(o.soft ? softplus(lead) : relu(lead + o.margin));
}

inline Tensor t_simcne(const Tensor& z1, const Tensor& z2, const TSimcneOptions& = {}) {
  const Tensor z = concatenate({z1, z2}), s = -log1p(sum(square(unsqueeze(z, 1) - unsqueeze(z, 0)), 2));
  const Tensor positive = diagonal(slice(slice(s, 0, 0, z1.size(0)), 1, z1.size(0), 2 * z1.size(0)));
  return mean(log_sum_others(s)) - mean(positive);
}

inline Tensor simple_contrastive(const Tensor& z1, const Tensor& z2, const SimpleContrastiveOptions& o = {}) {
  const Tensor s = similarities(z1, z2, o.temperature);
  const Tensor positive = mean(diagonal(s));
  return mean_of_others(s) - (o.positive_in_mean ? positive * (1 - 1 / double(s.size(0) - 1)) : positive);
}

inline Tensor spectral_contrastive(const Tensor& z1, const Tensor& z2, const SpectralContrastiveOptions& o = {}) {
  const Tensor s = o.normalised ? similarities(z1, z2, o.temperature) : matmul(z1, t(z2));
  return mean_of_others(square(s)) - mean(diagonal(s)) * 2.0;
}

inline Tensor gkcl(const Tensor& z1, const Tensor& z2, const GkclOptions& o = {}) {
  const auto squared_distances = [&](const Tensor& x, const Tensor& y) {
    const Tensor u = o.normalised ? normalize(x) : x, v = o.normalised ? normalize(y) : y;
    return sum(square(unsqueeze(u, 1) - unsqueeze(v, 0)), 2);
  };
  const auto k = [&](Kernel kernel, const Tensor& d) {
    if (kernel == Kernel::log) return -log1p(d * o.t);
    if (kernel == Kernel::imq) return rsqrt(d / (o.c * o.c) + 1.0);
    if (kernel == Kernel::gaussian) return exp(d * -o.t);
    const Tensor far = maximum(d, Tensor::full({}, 1e-6, d.dtype()));
    return o.s == 0 ? log(far) * -0.5 : pow(far, -o.s / 2) * (o.s > 0 ? 1.0 : -1.0);
  };
  const bool mixed = o.kernel == Kernel::gaussian_riesz;
  const auto energy = [&](const Tensor& z) {
    // The distance of a row to itself counts as 1, not 0: riesz is large at 0, and `mean_of_others` subtracts it again.
    const Tensor apart = squared_distances(z, z) + identity(z.size(0), z.dtype());
    return mean_of_others(k(mixed ? Kernel::riesz : o.kernel, apart));
  };
  const Tensor alignment = mean(diagonal(k(mixed ? Kernel::gaussian : o.kernel, squared_distances(z1, z2))));
  return (energy(z1) + energy(z2)) * o.energy - alignment * 2.0;
}

inline Tensor f_micl(const Tensor& z1, const Tensor& z2, const FMiclOptions& o = {}) {
  const Divergence d = divergences(o.order).find(o.divergence);
  const double tau = o.temperature.value();
  const auto slope_of = [&](const Tensor& x, const Tensor& y) {  // f'(G)
    return d.positive(similarities(x, y, tau) - 1 / tau + std::log(o.mu));
  };
  const Tensor slope = slope_of(z1, z2);
  const auto energy = [&](const Tensor& x) { return mean_of_others(apply(x, d.conjugate, d.conjugate_slope)); };
  const Tensor negative = o.negatives == NegativesFrom::own_view ? energy(slope_of(z1, z1))
                          : o.negatives == NegativesFrom::other_view
                              ? energy(slope)
                              : (energy(slope_of(z1, z1)) + energy(slope)) * 0.5;
  return negative * o.alpha - mean(diagonal(slope));
}

}  // namespace nce::losses::dense
