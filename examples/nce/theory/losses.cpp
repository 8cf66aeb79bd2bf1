#include "theory/losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/losses/dcl.h"
#include "nce/losses/f_micl.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/losses/sig_lip.h"
#include "nce/losses/simple_contrastive.h"
#include "nce/losses/spectral_contrastive.h"

namespace nce::cli {

using losses::ContrastiveLoss;
using losses::Denominator;
using losses::LossKind;
using losses::PositiveWeight;

namespace {

struct Known {
  LossKind kind;
  const char* name;  // in the registry too
};
constexpr Known kKnown[] = {{LossKind::info_nce, "info_nce"}, {LossKind::nt_xent, "nt_xent"},
                            {LossKind::dcl, "dcl"},           {LossKind::sc_info_nce, "sc_info_nce"},
                            {LossKind::sig_lip, "sig_lip"},   {LossKind::spectral, "spectral_contrastive"},
                            {LossKind::f_micl, "f_micl"},     {LossKind::simple, "simple_contrastive"}};

double f_slope(const ContrastiveLoss& loss, double u) {
  return losses::find_divergence(loss.divergence, loss.order).slope(u);
}

ContrastiveLoss sc_info_nce(double delta, double gamma, Denominator denominator, PositiveWeight weight) {
  return {.kind = LossKind::sc_info_nce,
          .delta = delta,
          .gamma = gamma,
          .denominator = denominator,
          .positive_weight = weight};
}

}  // namespace

double TheoryLoss::logit(double cosine) const {
  if (free_lengths) return cosine;
  if (loss.kind == LossKind::f_micl) return f_slope(loss, mu * std::exp((cosine - 1) / temperature));
  return cosine / temperature;
}

double TheoryLoss::logit_slope(double cosine) const {
  if (free_lengths) return 1;
  if (loss.kind != LossKind::f_micl) return 1 / temperature;
  constexpr double kStep = 1e-6;
  return (logit(cosine + kStep) - logit(cosine - kStep)) / (2 * kStep);
}

double TheoryLoss::first_bias(int64_t batch) const {
  return has_bias() ? -std::log(double(losses::negatives_of(loss, batch))) - logit(1) : 0;
}

Tensor TheoryLoss::operator()(const Tensor& z1, const Tensor& z2, const Tensor& bias) const {
  switch (loss.kind) {
    case LossKind::info_nce:
      return losses::info_nce(z1, z2, {.temperature = temperature});
    case LossKind::nt_xent:
      return losses::nt_xent(z1, z2, {.temperature = temperature});
    case LossKind::dcl:
      return losses::dcl(z1, z2, {.temperature = temperature, .both_views = loss.both_views});
    case LossKind::sc_info_nce:
      return losses::sc_info_nce(z1, z2,
                                 {.temperature = temperature,
                                  .delta = loss.delta,
                                  .gamma = loss.gamma,
                                  .denominator = loss.denominator,
                                  .positive_weight = loss.positive_weight});
    case LossKind::sig_lip:
      return losses::sig_lip(z1, z2, {.temperature = temperature, .logit_bias = bias});
    case LossKind::spectral:
      return losses::spectral_contrastive(z1, z2, {.temperature = temperature, .normalised = !free_lengths});
    case LossKind::f_micl:
      return losses::f_micl(z1, z2,
                            {.divergence = loss.divergence,
                             .order = loss.order,
                             .temperature = temperature,
                             .alpha = loss.negative_weight,
                             .mu = mu});
    case LossKind::simple:
      return losses::simple_contrastive(z1, z2, {.temperature = temperature});
  }
  fail("there is no such loss");
}

std::string TheoryLoss::name() const {
  if (free_lengths) return losses::name_of(loss) + ", free lengths";
  if (loss.kind != LossKind::sc_info_nce) return losses::name_of(loss);
  std::string name = fmt::format("sc_info_nce ({:g}, {:g})", loss.delta, loss.gamma.value_or(loss.delta - 1));
  if (loss.denominator == Denominator::all) name += " all";
  if (loss.positive_weight == PositiveWeight::published) name += " published";
  return name;
}

std::string TheoryLoss::file_name() const {
  std::string file;
  for (const char c : name()) {
    if (c == ' ')
      file += '_';
    else if (c != '(' && c != ')' && c != ',')
      file += c;
  }
  return file;
}

std::vector<TheoryLoss> synthetic_losses(const TheorySettings& settings, const losses::Joint& joint) {
  const double tau = settings.temperature;
  std::vector<TheoryLoss> all;
  for (const LossKind kind : {LossKind::info_nce, LossKind::nt_xent, LossKind::dcl})
    all.push_back({.loss = {.kind = kind}, .temperature = tau});
  const bool chosen = !settings.delta.empty() || !settings.gamma.empty();
  for (const auto& [delta, gamma] : delta_gamma_of(settings)) {
    if (delta == 1 && gamma == 0 && !chosen) continue;  // that is dcl, above
    for (const auto& [denominator, weight] : {std::pair(Denominator::negatives, PositiveWeight::exact),
                                              std::pair(Denominator::negatives, PositiveWeight::published),
                                              std::pair(Denominator::all, PositiveWeight::exact)})
      if (chosen || denominator == Denominator::negatives || std::abs(delta - gamma - 1) < 1e-9)
        all.push_back({.loss = sc_info_nce(delta, gamma, denominator, weight), .temperature = tau});
  }
  all.push_back({.loss = {.kind = LossKind::sig_lip}, .temperature = tau});
  const losses::StateMatrix ratio = joint.ratio();
  double level = 0;
  for (int i = 0; i < ratio.states; ++i) level += ratio(i, i) / ratio.states;
  for (const bool free_lengths : {false, true})
    all.push_back({.loss = {.kind = LossKind::spectral}, .temperature = 1 / level, .free_lengths = free_lengths});
  for (const std::string& divergence : losses::divergence_names())
    all.push_back({.loss = {.kind = LossKind::f_micl, .divergence = divergence}, .temperature = tau, .mu = level});
  all.push_back({.loss = {.kind = LossKind::simple}, .temperature = tau});
  std::erase_if(all, [&](const TheoryLoss& loss) { return !is_wanted(settings, loss.loss); });
  return all;
}

TheoryLoss theory_of(const std::string& name, const LossSettings& settings) {
  for (const Known& known : kKnown) {
    if (name != known.name) continue;
    ContrastiveLoss loss{.kind = known.kind,
                         .delta = settings.delta,
                         .gamma = settings.gamma,
                         .both_views = settings.both_views,
                         .divergence = settings.divergence,
                         .order = settings.order,
                         .negative_weight = settings.alpha};
    if (settings.denominator == "all") loss.denominator = Denominator::all;
    if (settings.positive_weight == "published") loss.positive_weight = PositiveWeight::published;
    return {.loss = loss, .temperature = settings.temperature, .bias = settings.bias};
  }
  fail("no target is known for the loss '{}'; there is one for {}", name, fmt::join(theory_loss_names(), ", "));
}

std::vector<std::string> theory_loss_names() {
  std::vector<std::string> names;
  for (const Known& known : kKnown) names.emplace_back(known.name);
  return names;
}

bool is_wanted(const TheorySettings& settings, const ContrastiveLoss& loss) {
  if (settings.loss.empty()) return true;
  for (const Known& known : kKnown)
    if (known.kind == loss.kind)
      return std::find(settings.loss.begin(), settings.loss.end(), known.name) != settings.loss.end();
  return false;
}

std::vector<std::pair<double, double>> delta_gamma_of(const TheorySettings& settings) {
  if (settings.delta.empty() && settings.gamma.empty())
    return {{1, 0}, {1.5, 0.5}, {0.8, -0.2}, {1, -0.2}, {0.5, -0.2}};
  std::vector<std::pair<double, double>> pairs;
  for (const double delta : settings.delta.empty() ? std::vector<double>{1} : settings.delta) {
    if (settings.gamma.empty()) pairs.emplace_back(delta, delta - 1);
    for (const double gamma : settings.gamma) pairs.emplace_back(delta, gamma);
  }
  return pairs;
}

ContrastiveLoss exact_of(ContrastiveLoss loss) {
  loss.positive_weight = PositiveWeight::exact;
  return loss;
}

losses::StateMatrix shown(losses::StateMatrix read_out, const ContrastiveLoss& loss, int64_t batch) {
  for (double& value : read_out.values) {
    if (loss.kind == LossKind::f_micl)
      value = loss.negative_weight * losses::find_divergence(loss.divergence, loss.order).conjugate_slope(value);
    else if (loss.kind != LossKind::spectral && loss.kind != LossKind::simple)
      value *= double(losses::negatives_of(loss, batch));
  }
  return read_out;
}

losses::StateMatrix shown_error(const losses::StateMatrix& read_out, const losses::StateMatrix& error,
                                const ContrastiveLoss& loss, int64_t batch) {
  losses::StateMatrix above = read_out, below = read_out;
  for (size_t s = 0; s < above.values.size(); ++s)
    above.values[s] += error.values[s], below.values[s] -= error.values[s];
  above = shown(std::move(above), loss, batch), below = shown(std::move(below), loss, batch);
  for (size_t s = 0; s < above.values.size(); ++s) above.values[s] = (above.values[s] - below.values[s]) / 2;
  return above;
}

std::string shown_name(const ContrastiveLoss& loss) {
  switch (loss.kind) {
    case LossKind::f_micl:
      return "a G";
    case LossKind::spectral:
    case LossKind::simple:
      return "s";
    case LossKind::sig_lip:
      return "sigma (B - 1)";
    default:
      return losses::negatives_of(loss, 2) == 2 ? "2 p (B - 1)" : "p (B - 1)";
  }
}

}  // namespace nce::cli
