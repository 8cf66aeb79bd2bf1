#include "run/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "nce/losses/engine/similarity.h"
#include "nce/losses/metrics.h"
#include "nce/losses/theory/theory.h"
#include "run/progress.h"

namespace nce::cli {
namespace {

using losses::Denominator;
using losses::LossKind;
using losses::NegativesFrom;

// A softmax loss whose probability of the positive is known, and, where its target is too, what theory has to know of it.
struct Known {
  losses::PositiveProbabilityOptions positive;
  std::optional<losses::ContrastiveLoss> theory;
};

// None for a loss that has no such probability, or is not one of ours.
std::optional<Known> known(const TrainSettings& s) {
  const LossSettings& loss = s.loss_settings;
  const Denominator denominator = loss.denominator == "all" ? Denominator::all : Denominator::negatives;
  const auto with_target = [](losses::PositiveProbabilityOptions positive, LossKind kind, bool both_views = false) {
    return Known{positive, losses::ContrastiveLoss{.kind = kind, .gamma = {}, .both_views = both_views}};
  };
  if (s.loss == "info_nce") return with_target({}, LossKind::info_nce);
  if (s.loss == "is_info_nce") return with_target({.negatives = NegativesFrom::own_view}, LossKind::info_nce);
  if (s.loss == "nt_xent") return with_target({.negatives = NegativesFrom::both_views}, LossKind::nt_xent);
  // The negatives of DHEL are views of two samples like any others, so that it has DCL's target.
  if (s.loss == "dhel")
    return with_target({.negatives = NegativesFrom::own_view, .denominator = Denominator::negatives},
                       LossKind::dcl);
  if (s.loss == "dcl" || s.loss == "dclw") {
    const losses::PositiveProbabilityOptions positive{
        .negatives = loss.both_views ? NegativesFrom::both_views : NegativesFrom::other_view,
        .denominator = Denominator::negatives};
    // The weights of DCLW follow the embeddings: its target is not known.
    return s.loss == "dcl" ? with_target(positive, LossKind::dcl, loss.both_views) : Known{positive, std::nullopt};
  }
  if (s.loss == "sc_info_nce")
    return Known{{.denominator = denominator},
                 losses::ContrastiveLoss{.kind = LossKind::sc_info_nce,
                                         .delta = loss.delta,
                                         .gamma = loss.gamma,
                                         .denominator = denominator,
                                         .positive_weight = loss.positive_weight == "published"
                                                                ? losses::PositiveWeight::published
                                                                : losses::PositiveWeight::exact}};
  return std::nullopt;
}

// Where states are labels, no augmentation moves an image to another one: c1 is diagonal, and so are the positives.
double target_by_label(const data::Dataset& set, const losses::ContrastiveLoss& loss, int64_t batch) {
  std::vector<double> share(static_cast<size_t>(set.classes));
  for (const int label : set.labels) share[size_t(label)] += 1 / double(set.size());
  losses::StateMatrix stay = losses::state_matrix(set.classes);
  for (int k = 0; k < set.classes; ++k) stay(k, k) = 1;
  const losses::StateMatrix target = losses::target(losses::joint_of(share, stay), loss, batch);
  double mean = 0;
  for (int k = 0; k < set.classes; ++k)
    if (share[size_t(k)] > 0) mean += share[size_t(k)] * target(k, k);
  return mean;
}

// Rows of z that the effective rank is taken of where z has more columns than this: it costs their number's cube.
constexpr int64_t kRankRows = 512;

constexpr double kUniformity = -0.1, kClearUniformity = -0.2, kClearRank = 1.5;
constexpr int kReadings = 5;
constexpr int64_t kSteps = 20;

}  // namespace

void add_to(nlohmann::ordered_json& line, const Reading& reading) {
  if (reading.positive) line["positive"] = *reading.positive;
  if (reading.target_by_label) line["target_by_label"] = *reading.target_by_label;
  line["alignment"] = reading.alignment;
  line["uniformity"] = reading.uniformity;
  line["effective_rank"] = reading.effective_rank;
}

Diagnostics::Diagnostics(const TrainSettings& settings, const data::Dataset& set) {
  std::optional<losses::ContrastiveLoss> theory;
  if (settings.loss == "sig_lip") {
    sigmoid_ = true;
    theory = losses::ContrastiveLoss{.kind = LossKind::sig_lip};
  } else if (const auto loss = known(settings)) {
    positive_ = loss->positive, theory = loss->theory;
  }
  if (theory && set.classes > 1) target_by_label_ = target_by_label(set, *theory, settings.batch);
}

Reading Diagnostics::read(const Tensor& z, double temperature, double bias) const {
  NoGrad no_grad;
  const int64_t n = z.size(0) / 2;
  const Tensor u = normalize(z.detach()), u1 = slice(u, 0, 0, n), u2 = slice(u, 0, n, 2 * n);
  Reading reading{.positive = {},
                  .target_by_label = target_by_label_,
                  .alignment = losses::alignment(u1, u2).item(),
                  .uniformity = (losses::uniformity(u1).item() + losses::uniformity(u2).item()) / 2,
                  .effective_rank = losses::effective_rank(
                      u.size(1) > kRankRows ? slice(u, 0, 0, std::min(kRankRows, 2 * n)) : u)};
  if (sigmoid_) reading.positive = mean(sigmoid(losses::paired(u1, u2) * (1 / temperature) + bias)).item();
  if (positive_) {
    losses::PositiveProbabilityOptions options = *positive_;
    options.temperature = temperature;
    reading.positive = losses::positive_probability(u1, u2, options).item();
  }
  return reading;
}

std::optional<std::string> Diagnostics::explanation() const {
  if (!target_by_label_) return std::nullopt;
  return fmt::format("p+ is the mean {}; ({}): its target if views told their label and no more",
                     positive_ && positive_->denominator == Denominator::negatives
                         ? "weight of the positive over that of all negatives"
                         : "probability of the positive",
                     short_number(*target_by_label_));
}

CollapseWatch::CollapseWatch(int64_t dimensions) : least_rank_(1 + std::min(1.0, (double(dimensions) - 1) / 4)) {}

std::optional<std::string> CollapseWatch::see(const Reading& reading, int64_t step) {
  const bool low = reading.uniformity > kUniformity || !(reading.effective_rank >= least_rank_);
  const bool clear = reading.uniformity < kClearUniformity && reading.effective_rank > kClearRank * least_rank_;
  score_ = std::clamp(score_ + (low ? 1 : 0) - (clear ? 1 : 0), 0, kReadings);
  if (score_ == 0) last_clear_ = step, collapsed_ = false;
  if (collapsed_ || score_ < kReadings || step - last_clear_ < kSteps) return std::nullopt;
  collapsed_ = true;
  return fmt::format(
      "warning: step {}: the embeddings have collapsed nearly to one {}\n"
      "  (uniformity {:.3f}, effective rank {:.1f}): they tell the images apart no more.\n"
      "  A lower --lr, a longer --warmup-epochs or --clip-norm 1 may help. A loss needs\n"
      "  negatives, or else a stop-gradient and a predictor; sc_info_nce with\n"
      "  delta - gamma above 1 draws all together.",
      step, reading.uniformity > kUniformity || reading.effective_rank < 1 ? "point" : "line", reading.uniformity,
      reading.effective_rank);
}

}  // namespace nce::cli
