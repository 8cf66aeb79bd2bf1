#include "our_losses.h"

#include <map>
#include <numeric>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/losses/barlow_twins.h"
#include "nce/losses/dcl.h"
#include "nce/losses/debiased_info_nce.h"
#include "nce/losses/dhel.h"
#include "nce/losses/f_micl.h"
#include "nce/losses/gkcl.h"
#include "nce/losses/hard_info_nce.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/is_info_nce.h"
#include "nce/losses/negative_cosine.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/losses/sig_lip.h"
#include "nce/losses/simple_contrastive.h"
#include "nce/losses/spectral_contrastive.h"
#include "nce/losses/sup_con.h"
#include "nce/losses/triplet.h"
#include "nce/losses/vicreg.h"

namespace nce::cli {
namespace {

using Z = const Tensor&;
using S = const LossSettings&;

losses::Temperature temperature(S s) {
  losses::Temperature temperature = s.temperature;
  temperature.log_scale = s.logit_scale;
  return temperature;
}

Tensor nt_xent(Z z1, Z z2, S s) { return losses::nt_xent(z1, z2, {.temperature = temperature(s)}); }

Tensor info_nce(Z z1, Z z2, S s) {
  return losses::info_nce(z1, z2, {.temperature = temperature(s), .symmetric = s.symmetric});
}

Tensor sc_info_nce(Z z1, Z z2, S s) {
  return losses::sc_info_nce(
      z1, z2,
      {.temperature = temperature(s),
       .delta = s.delta,
       .gamma = s.gamma,
       .denominator = s.denominator == "all" ? losses::Denominator::all : losses::Denominator::negatives,
       .positive_weight =
           s.positive_weight == "published" ? losses::PositiveWeight::published : losses::PositiveWeight::exact});
}

Tensor dcl(Z z1, Z z2, S s) {
  return losses::dcl(z1, z2, {.temperature = temperature(s), .both_views = s.both_views, .symmetric = s.symmetric});
}

Tensor dclw(Z z1, Z z2, S s) {
  return losses::dclw(
      z1, z2,
      {.temperature = temperature(s), .both_views = s.both_views, .symmetric = s.symmetric, .sigma = s.sigma});
}

Tensor dhel(Z z1, Z z2, S s) {
  return losses::dhel(z1, z2, {.temperature = temperature(s), .both_views = s.both_views});
}

Tensor is_info_nce(Z z1, Z z2, S s) { return losses::is_info_nce(z1, z2, {.temperature = temperature(s)}); }

// Without labels every pair is a class of its own.
Tensor sup_con(Z z1, Z z2, S s) {
  std::vector<int> labels(s.labels.begin(), s.labels.end());
  if (labels.empty()) {
    labels.resize(size_t(z1.size(0)));
    std::iota(labels.begin(), labels.end(), 0);
  }
  return losses::sup_con(z1, z2, labels, {.temperature = temperature(s)});
}

Tensor sig_lip(Z z1, Z z2, S s) {
  return losses::sig_lip(z1, z2, {.temperature = temperature(s), .bias = s.bias, .logit_bias = s.logit_bias});
}

Tensor debiased_info_nce(Z z1, Z z2, S s) {
  return losses::debiased_info_nce(z1, z2, {.temperature = s.temperature, .tau_plus = s.tau_plus});
}

Tensor hard_info_nce(Z z1, Z z2, S s) {
  return losses::hard_info_nce(z1, z2, {.temperature = s.temperature, .beta = s.beta, .tau_plus = s.tau_plus});
}

Tensor f_micl(Z z1, Z z2, S s) {
  return losses::f_micl(
      z1, z2, {.divergence = s.divergence, .order = s.order, .temperature = s.temperature, .alpha = s.alpha});
}

Tensor gkcl(Z z1, Z z2, S s) { return losses::gkcl(z1, z2, {.kernel = s.kernel, .energy = s.energy}); }

Tensor simple_contrastive(Z z1, Z z2, S s) {
  return losses::simple_contrastive(z1, z2, {.temperature = s.temperature});
}

Tensor spectral_contrastive(Z z1, Z z2, S s) {
  return losses::spectral_contrastive(z1, z2, {.temperature = s.temperature});
}

Tensor triplet(Z z1, Z z2, S s) {
  return losses::triplet(z1, z2, {.margin = s.margin, .soft = s.soft, .temperature = s.temperature});
}

Tensor barlow_twins(Z z1, Z z2, S s) { return losses::barlow_twins(z1, z2, {.lambda = s.lambda}); }

Tensor vicreg(Z z1, Z z2, S s) {
  return losses::vicreg(z1, z2, {.invariance = s.invariance, .variance = s.variance, .covariance = s.covariance});
}

Tensor negative_cosine(Z z1, Z z2, S s) {
  const auto predicted = [&](Z z) { return s.predictor ? s.predictor(z) : z; };
  return (losses::negative_cosine(predicted(z1), z2) + losses::negative_cosine(predicted(z2), z1)) * 0.5;
}

}  // namespace

std::vector<OurLoss> our_losses() {
  const auto always = [](S) { return true; };
  const auto if_published = [](S s) { return s.positive_weight == "published"; };
  return {{"nt_xent", nt_xent, {"temperature", "learn-temperature"}},
          {"info_nce", info_nce, {"temperature", "learn-temperature", "symmetric"}},
          {"sc_info_nce",
           sc_info_nce,
           {"temperature", "learn-temperature", "delta", "gamma", "denominator", "positive-weight"},
           if_published},
          {"dcl", dcl, {"temperature", "learn-temperature", "symmetric", "both-views"}},
          {"dclw", dclw, {"temperature", "learn-temperature", "symmetric", "both-views", "sigma"}, always},
          {"dhel", dhel, {"temperature", "learn-temperature", "both-views"}},
          {"is_info_nce", is_info_nce, {"temperature", "learn-temperature"}},
          {"sup_con", sup_con, {"temperature", "learn-temperature"}},
          {"sig_lip", sig_lip, {"temperature", "bias"}},
          {"debiased_info_nce", debiased_info_nce, {"temperature", "tau-plus"}},
          {"hard_info_nce", hard_info_nce, {"temperature", "tau-plus", "beta"}},
          {"f_micl", f_micl, {"temperature", "divergence", "order", "alpha"}},
          {"gkcl", gkcl, {"kernel", "energy"}},
          {"simple_contrastive", simple_contrastive, {"temperature"}},
          {"spectral_contrastive", spectral_contrastive, {"temperature"}},
          {"triplet", triplet, {"temperature", "margin", "soft"}},
          {"barlow_twins", barlow_twins, {"lambda"}},
          {"vicreg", vicreg, {"invariance", "variance", "covariance"}},
          {"negative_cosine", negative_cosine, {}, always}};
}

}  // namespace nce::cli
