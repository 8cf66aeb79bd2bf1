#include "run/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/number.h"
#include "nce/core/ops.h"
#include "nce/losses/catalogue.h"
#include "nce/losses/metrics.h"
#include "pages/numbers.h"
#include "run/criterion.h"
#include "run/settings.h"

namespace nce::cli {
namespace {

// With labels as states no view changes its state: c1 is diagonal, and positives are on the diagonal too.
double target_by_label(std::span<const int> labels, int classes, const losses::Target& loss, int64_t batch) {
  std::vector<double> share(static_cast<size_t>(classes));
  for (const int label : labels) share[size_t(label)] += 1 / double(labels.size());
  losses::StateMatrix stay = losses::state_matrix(classes);
  for (int k = 0; k < classes; ++k) stay(k, k) = 1;
  const losses::StateMatrix target = loss.target(losses::joint_of(share, stay), batch);
  double mean = 0;
  for (int k = 0; k < classes; ++k)
    if (share[size_t(k)] > 0) mean += share[size_t(k)] * target(k, k);
  return mean;
}

// The effective rank costs the cube of the columns: of wider embeddings it is taken from so many rows.
constexpr int64_t kRankRows = 512;

constexpr double kUniformity = -0.1, kClearUniformity = -0.2, kClearRank = 1.5;
constexpr int kReadings = 5, kLastReadings = 3;
constexpr int64_t kSteps = 20;

}  // namespace

void add_to(nlohmann::ordered_json& line, const Reading& reading) {
  if (reading.positive) line["positive"] = decimal(*reading.positive, 7);
  if (reading.target_by_label) line["target_by_label"] = decimal(*reading.target_by_label, 7);
  line["alignment"] = decimal(reading.alignment, 7);
  line["uniformity"] = decimal(reading.uniformity, 7);
  line["effective_rank"] = decimal(reading.effective_rank, 7);
}

Diagnostics::Diagnostics(const losses::Loss& loss, std::span<const int> labels, int classes, int64_t batch)
    : target_(loss.target()) {
  if (target_ && !target_->positive_name()) target_ = nullptr;
  if (target_ && target_->has_target() && classes > 1)
    target_by_label_ = target_by_label(labels, classes, *target_, batch);
}

std::string Diagnostics::note() const { return target_ ? target_->note() : ""; }

Reading Diagnostics::read(const Tensor& z, losses::Loss& loss) const {
  NoGrad no_grad;
  const double temperature = loss.temperature() ? loss.temperature()->value() : 1;
  double bias = 0;
  for (const auto& [name, tensor] : loss.parameters())
    if (name == "logit_bias") bias = tensor->item();
  const int64_t n = z.size(0) / 2;
  const Tensor u = normalize(z.detach()), u1 = slice(u, 0, 0, n), u2 = slice(u, 0, n, 2 * n);
  Reading reading{.positive = {},
                  .target_by_label = target_by_label_,
                  .alignment = losses::alignment(u1, u2).item(),
                  .uniformity = (losses::uniformity(u1).item() + losses::uniformity(u2).item()) / 2,
                  .effective_rank = losses::effective_rank(
                      u.size(1) > kRankRows ? slice(u, 0, 0, std::min(kRankRows, 2 * n)) : u),
                  .dimensions = std::min(u.size(1), u.size(1) > kRankRows ? std::min(kRankRows, 2 * n) : 2 * n)};
  if (target_) reading.positive = target_->mean_positive(u1, u2, temperature, bias);
  return reading;
}

std::string Reading::in_use() const {
  return fmt::format("{:.0f} of {} dimensions in use", effective_rank, dimensions);
}

std::optional<double> chance_level(const Config& config, const Task& task, int64_t dim) {
  Generator unused{.seed = 0};
  Criterion loss(config, dim, task.local_views(), unused);  // its own: some losses remember what they saw
  const auto target = loss.loss().target();
  if (!target || !target->positive_name()) return {};
  for (const auto& [name, number] : loss.learned())
    if (name != "temperature") return {};
  const auto options = options_in<RunOptions>(config, "run");
  const std::span<const int> known = task.labels(data::Split::train);
  std::vector<int> labels;
  for (int64_t i = 0; i < options.batch; ++i) labels.push_back(known.empty() ? 0 : known[size_t(i) % known.size()]);
  const NoGrad no_grad;
  const double value =
      loss(Tensor::ones({(options.num_views + task.local_views()) * options.batch, dim}), labels).item();
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<std::string> Diagnostics::explanation() const {
  if (!target_by_label_) return std::nullopt;
  return fmt::format("p+ is the mean {}; ({}): its target if views told their label and no more",
                     target_->positive_name(), short_number(*target_by_label_));
}

CollapseWatch::CollapseWatch(std::string loss, int64_t dimensions, int64_t steps)
    : loss_(std::move(loss)), steps_(steps), least_rank_(1 + std::min(1.0, (double(dimensions) - 1) / 4)) {}

bool CollapseWatch::wants(int64_t step) const {
  return step == steps_ || step % std::clamp<int64_t>(steps_ / 10, 1, 10) == 0;
}

std::optional<std::string> CollapseWatch::see(const Reading& reading, int64_t step) {
  const bool low = reading.uniformity > kUniformity || !(reading.effective_rank >= least_rank_);
  const bool clear = reading.uniformity < kClearUniformity && reading.effective_rank > kClearRank * least_rank_;
  score_ = std::clamp(score_ + (low ? 1 : 0) - (clear ? 1 : 0), 0, kReadings);
  if (score_ == 0) last_clear_ = step, collapsed_ = false;
  const bool sure = score_ >= kReadings && step - last_clear_ >= kSteps;
  if (collapsed_ || !(sure || (step == steps_ && low && score_ >= kLastReadings))) return std::nullopt;
  collapsed_ = true;
  return fmt::format(
      "warning: step {}: the embeddings have collapsed nearly to one {}\n"
      "  (uniformity {:.3f}, effective rank {:.1f}): they no longer tell the examples apart.\n"
      "  A lower --lr, a longer --warmup-epochs or --clip-norm 1 may help. A loss needs\n"
      "  negatives, or a stop-gradient and a predictor. Theory says of some options\n"
      "  that they pull all embeddings together: see the note before training.\n"
      "  `nce check-loss {}` shows what the loss does to collapsed embeddings.",
      step, reading.uniformity > kUniformity || reading.effective_rank < 1 ? "point" : "line", reading.uniformity,
      reading.effective_rank, loss_);
}

}  // namespace nce::cli
