// Each loss over the pairwise engine beside its composed twin: a dense matrix of similarities and ordinary
// operations.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "dense.h"
#include "nce/core/autograd.h"
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
#include "nce/losses/triplet.h"

using namespace nce;
using namespace nce::losses;
using namespace nce::test;

namespace {

using Loss = std::function<Tensor(const Tensor& z1, const Tensor& z2)>;

struct Twins {
  std::string name;
  Loss engine, dense;
};

Tensor similarities(const Tensor& a, const Tensor& b, double temperature) {
  return matmul(normalize(a), t(normalize(b))) * (1 / temperature);
}

// 1 off the diagonal of each n x n block, else 0.
Tensor negative_mask(const Tensor& s) {
  return 1.0 - excluded(s.size(0), s.size(1), s.size(0) == s.size(1) ? Exclude::self : Exclude::nothing, s.dtype());
}

// log sum exp over the negatives of each row.
Tensor energy(const Tensor& s, Exclude exclude = Exclude::self) {
  return logsumexp(
      masked_fill(s, excluded(s.size(0), s.size(1), exclude, s.dtype()), -std::numeric_limits<double>::infinity()),
      1);
}

Tensor mean_of_negatives(const Tensor& x) {
  const double n = double(x.size(0));
  return sum(x * negative_mask(x)) * (1 / (n * (n - 1)));
}

// Rows of both views, with each row's positive.
struct Joined {
  Joined(const Tensor& z1, const Tensor& z2, double temperature)
      : s(similarities(concatenate({z1, z2}), concatenate({z1, z2}), temperature)) {
    const Tensor pair = diagonal(similarities(z1, z2, temperature));
    positive = concatenate({pair, pair});
  }
  Tensor s, positive;
};

Tensor dense_hard(const Tensor& z1, const Tensor& z2, double temperature, double beta, double tau_plus) {
  const Joined z(z1, z2, temperature);
  const double m = 2 * double(z1.size(0)) - 2;
  const Tensor positive = exp(z.positive);
  const Tensor hard = exp(energy(z.s * (1 + beta), Exclude::self_and_pair)) /
                      (beta > 0 ? exp(energy(z.s * beta, Exclude::self_and_pair)) : positive.detach() * 0.0 + m);
  const Tensor rest = maximum((hard - positive * tau_plus) * (1 / (1 - tau_plus)),
                              Tensor::scalar(std::exp(-1 / temperature), z1.dtype()));
  return mean(log1p(rest * m / positive));
}

Tensor dense_sup_con(const Tensor& z, const std::vector<int>& labels, double temperature) {
  const int64_t n = z.size(0);
  const Tensor s = similarities(z, z, temperature);
  std::vector<double> share(size_t(n * n));
  double anchors = 0;
  for (int64_t i = 0; i < n; ++i) {
    const auto positives = std::count(labels.begin(), labels.end(), labels[size_t(i)]) - 1;
    anchors += positives > 0;
    for (int64_t k = 0; k < n; ++k)
      if (k != i && labels[size_t(i)] == labels[size_t(k)]) share[size_t(i * n + k)] = 1 / double(positives);
  }
  const Tensor weight = Tensor::from(share, {n, n}).to(z.dtype());
  return sum((unsqueeze(energy(s), 1) - s) * weight) * (1 / anchors);
}

// A function of one number, element by element, and its derivative.
Tensor map(const Tensor& x, const std::function<double(double)>& f, const std::function<double(double)>& slope) {
  const auto values = [&](const std::function<double(double)>& g) {
    std::vector<double> all = x.to_vector<double>();
    for (double& value : all) value = g(value);
    return Tensor::from(all, x.shape()).to(x.dtype());
  };
  return record("map", values(f), {x}, [by_x = values(slope)](const Tensor& grad) { return grad * by_x; });
}

// The definition: f* of the logits f'(u), over all pairs.
Tensor dense_f_micl(const Tensor& z1, const Tensor& z2, const FMiclOptions& o) {
  const double tau = o.temperature.value();
  const Divergence d = find_divergence(o.divergence, o.order);
  const Tensor logits = d.positive(similarities(z1, z2, tau) - 1 / tau + std::log(o.mu));
  return mean_of_negatives(map(logits, d.conjugate, d.conjugate_slope)) * o.alpha - mean(diagonal(logits));
}

std::vector<int> labels_of(int64_t n) {
  std::vector<int> labels;
  for (int64_t i = 0; i < n; ++i) labels.push_back(int(i * i % 7) - 2);
  return labels;
}

MemoryQueue queue_for(const Tensor& z) { return MemoryQueue(517, z.size(1), Key(5), z.dtype()); }

std::vector<Twins> all_twins(double tau) {
  std::vector<Twins> twins{
      {"nt_xent", [=](auto& a, auto& b) { return nt_xent(a, b, {.temperature = tau}); },
       [=](auto& a, auto& b) {
         const Joined z(a, b, tau);
         return mean(energy(z.s) - z.positive);
       }},
      {"info_nce", [=](auto& a, auto& b) { return info_nce(a, b, {.temperature = tau, .symmetric = true}); },
       [=](auto& a, auto& b) {
         const Tensor s = similarities(a, b, tau);
         return mean(logsumexp(s, 1) + logsumexp(s, 0) - diagonal(s) * 2.0) * 0.5;
       }},
      {"sc_info_nce",
       [=](auto& a, auto& b) { return sc_info_nce(a, b, {.temperature = tau, .delta = 1.3, .gamma = -0.2}); },
       [=](auto& a, auto& b) {
         const Tensor s = similarities(a, b, tau);
         return mean(energy(s) - diagonal(s) * 1.3) - mean_of_negatives(s) * 0.2;
       }},
      {"is_info_nce", [=](auto& a, auto& b) { return is_info_nce(a, b, {.temperature = tau}); },
       [=](auto& a, auto& b) {
         const Tensor positive = diagonal(similarities(a, b, tau));
         return mean(logsumexp(stack({positive, energy(similarities(a, a, tau))}), 0) - positive);
       }},
      {"is_info_nce of three views",
       [=](auto& a, auto& b) { return is_info_nce(a, b, flip(b, {1}), {.temperature = tau}); },
       [=](auto& a, auto& b) {
         const Tensor positive = diagonal(similarities(a, b, tau));
         return mean(logsumexp(stack({positive, energy(similarities(a, flip(b, {1}), tau))}), 0) - positive);
       }},
      {"moco", [=](auto& a, auto& b) { return moco(a, b, queue_for(a), {.temperature = tau}); },
       [=](auto& a, auto& b) {
         const Tensor positive = diagonal(similarities(a, b.detach(), tau));
         const Tensor queue = logsumexp(similarities(a, queue_for(a).rows(), tau), 1);
         return mean(logsumexp(stack({positive, queue}), 0) - positive) + sum(b) * 0.0;
       }},
      {"dhel", [=](auto& a, auto& b) { return dhel(a, b, {.temperature = tau, .both_views = true}); },
       [=](auto& a, auto& b) {
         return mean(energy(similarities(a, a, tau)) + energy(similarities(b, b, tau)) -
                     diagonal(similarities(a, b, tau)));
       }},
      {"sup_con", [=](auto& a, auto& b) { return sup_con(a, b, labels_of(a.size(0)), {.temperature = tau}); },
       [=](auto& a, auto& b) {
         const std::vector<int> once = labels_of(a.size(0));
         std::vector<int> labels = once;
         labels.insert(labels.end(), once.begin(), once.end());
         return dense_sup_con(concatenate({a, b}), labels, tau);
       }},
      {"debiased_info_nce",
       [=](auto& a, auto& b) { return debiased_info_nce(a, b, {.temperature = tau, .tau_plus = 0.2}); },
       [=](auto& a, auto& b) { return dense_hard(a, b, tau, 0, 0.2); }},
      {"hard_info_nce",
       [=](auto& a, auto& b) { return hard_info_nce(a, b, {.temperature = tau, .beta = 0.7, .tau_plus = 0.1}); },
       [=](auto& a, auto& b) { return dense_hard(a, b, tau, 0.7, 0.1); }},
      {"sig_lip", [=](auto& a, auto& b) { return sig_lip(a, b, {.temperature = tau, .bias = -2}); },
       [=](auto& a, auto& b) {
         const Tensor x = similarities(a, b, tau) - 2.0, off = negative_mask(x);
         return sum(softplus(x * (off * 2.0 - 1.0))) * (1 / double(a.size(0)));
       }},
      {"triplet", [=](auto& a, auto& b) { return triplet(a, b, {.margin = 0.4}); },
       [=](auto& a, auto& b) {
         const Tensor s = similarities(a, b, 0.5);
         return mean_of_negatives(relu(s - unsqueeze(diagonal(s), 1) + 0.4));
       }},
      {"soft triplet", [=](auto& a, auto& b) { return triplet(a, b, {.soft = true, .temperature = tau}); },
       [=](auto& a, auto& b) {
         const Tensor s = similarities(a, b, tau);
         return mean_of_negatives(softplus(s - unsqueeze(diagonal(s), 1)));
       }},
      {"simple_contrastive", [=](auto& a, auto& b) { return simple_contrastive(a, b, {.temperature = tau}); },
       [=](auto& a, auto& b) {
         const Tensor s = similarities(a, b, tau);
         return mean_of_negatives(s) - mean(diagonal(s));
       }},
      {"spectral_contrastive", [=](auto& a, auto& b) { return spectral_contrastive(a, b, {.temperature = tau}); },
       [=](auto& a, auto& b) {
         const Tensor s = similarities(a, b, tau);
         return mean_of_negatives(square(s)) - mean(diagonal(s)) * 2.0;
       }},
      {"gkcl", [=](auto& a, auto& b) { return gkcl(a, b, {.kernel = 0.5 / tau, .energy = 7}); },
       [=](auto& a, auto& b) {
         const auto kernel = [=](const Tensor& x, const Tensor& y) {
           return exp(similarities(x, y, tau) - 1 / tau);
         };
         return (mean_of_negatives(kernel(a, a)) + mean_of_negatives(kernel(b, b))) * 7.0 -
                mean(diagonal(kernel(a, b))) * 2.0;
       }}};
  for (const bool both : {false, true})
    for (const bool symmetric : {false, true})
      for (const bool weighted : {false, true})
        twins.push_back(
            {weighted ? "dclw" : "dcl",
             [=](auto& a, auto& b) {
               if (weighted)
                 return dclw(a, b, {.temperature = tau, .both_views = both, .symmetric = symmetric, .sigma = 0.4});
               return dcl(a, b, {.temperature = tau, .both_views = both, .symmetric = symmetric});
             },
             [=](auto& a, auto& b) {
               const auto one_way = [=](const Tensor& x, const Tensor& y) {
                 const Tensor s = similarities(x, y, tau), positive = diagonal(s);
                 Tensor negatives = energy(s);
                 if (both) negatives = logsumexp(stack({negatives, energy(similarities(x, x, tau))}), 0);
                 if (!weighted) return mean(negatives - positive);
                 const Tensor weight = 2.0 - softmax(positive.detach() * (tau / 0.4)) * double(x.size(0));
                 return mean(negatives - weight * positive);
               };
               return symmetric ? (one_way(a, b) + one_way(b, a)) * 0.5 : one_way(a, b);
             }});
  for (const std::string& name : divergence_names()) {
    const FMiclOptions options{.divergence = name, .order = 1.7, .temperature = tau, .alpha = 5, .mu = 0.8};
    twins.push_back({"f_micl " + name, [=](auto& a, auto& b) { return f_micl(a, b, options); },
                     [=](auto& a, auto& b) { return dense_f_micl(a, b, options); }});
  }
  return twins;
}

struct Result {
  double value;
  std::vector<double> gradient;
};

Result differentiate(const Loss& loss, const Tensor& z1, const Tensor& z2, DType dtype) {
  Tensor a = z1.to(dtype).clone().detach().set_requires_grad(true);
  Tensor b = z2.to(dtype).clone().detach().set_requires_grad(true);
  const Tensor value = loss(a, b);
  value.backward();
  Result result{value.item(), a.grad().to_vector<double>()};
  if (b.grad().defined())
    for (const double g : b.grad().to_vector<double>()) result.gradient.push_back(g);
  else
    result.gradient.resize(2 * result.gradient.size());
  return result;
}

// Largest difference over the largest magnitude; infinite where one is not finite.
double deviation(const std::vector<double>& x, const std::vector<double>& reference) {
  REQUIRE(x.size() == reference.size());
  double largest = 1e-300, difference = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(reference[i])) return INFINITY;
    largest = std::max(largest, std::abs(reference[i]));
    difference = std::max(difference, std::abs(x[i] - reference[i]));
  }
  return difference / largest;
}

}  // namespace

TEST_CASE("every loss is its composed twin, value and gradient, at sizes that fit no tile") {
  for (const int64_t n : {2, 3, 300, 700})
    for (const double tau : {0.5, 0.1}) {
      const int64_t d = n < 10 ? 5 : 19;
      const Tensor z1 = Tensor::randn({n, d}, Key(1), DType::f64);
      const Tensor z2 = z1 + Tensor::randn({n, d}, Key(2), DType::f64);
      for (const Twins& twins : all_twins(tau)) {
        CAPTURE(twins.name);
        CAPTURE(n);
        CAPTURE(tau);
        const Result reference = differentiate(twins.dense, z1, z2, DType::f64);
        const Result f64 = differentiate(twins.engine, z1, z2, DType::f64),
                     f32 = differentiate(twins.engine, z1, z2, DType::f32);
        const double scale = std::max(1.0, std::abs(reference.value));
        CHECK(std::abs(f64.value - reference.value) < 1e-11 * scale);
        CHECK(std::abs(f32.value - reference.value) < 1e-5 * scale);
        CHECK(deviation(f64.gradient, reference.gradient) < 1e-10);
        CHECK(deviation(f32.gradient, reference.gradient) < 1e-4);
        CHECK(*std::max_element(reference.gradient.begin(), reference.gradient.end()) > 0);
      }
    }
}
