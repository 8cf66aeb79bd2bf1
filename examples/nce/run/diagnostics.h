#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>

#include "nce/core/tensor.h"
#include "nce/losses/catalogue.h"

/// What training shows of the embeddings as it goes on: how sure the loss is of the positives, how near they are,
/// how the rest is spread, and whether all of it has collapsed.
namespace nce::cli {

/// Of one batch. losses/metrics.h says what the numbers mean.
struct Reading {
  /// Mean of the loss's own probability of the positive; none where the loss has no such thing.
  std::optional<double> positive = {};
  /// What theory says `positive` would go to if the views of an image told its label and nothing else. What else
  /// two views share raises the target: as far as views still show their label this is a lower bound of it.
  std::optional<double> target_by_label = {};
  double alignment, uniformity;  ///< Mean of both views' uniformity.
  double effective_rank;         ///< Of all 2B rows at length 1; of the first 512 where they have more columns.
};

/// Adds the reading to a line of log.jsonl.
void add_to(nlohmann::ordered_json& line, const Reading& reading);

/// Takes readings from the embeddings that the loss saw, beside training: nothing is recorded or changed.
class Diagnostics {
 public:
  /// Of a run with this loss and batches of `batch` examples. `labels` are those of its training examples, 0 ..
  /// `classes` - 1.
  Diagnostics(const losses::Loss& loss, std::span<const int> labels, int classes, int64_t batch);
  /// Of z (2B, d), first views, then second views. `loss` is the run's, with what it has learned at this step.
  Reading read(const Tensor& z, losses::Loss& loss) const;
  /// A line for the start of a run that says what p+ is and what its target; none without a target.
  std::optional<std::string> explanation() const;
  /// What theory has to say of the loss's options before training; mostly nothing.
  std::string note() const;

 private:
  std::shared_ptr<const losses::Target> target_;  // null where the loss has no probability of the positive
  std::optional<double> target_by_label_;
};

/// Notices that a representation has collapsed: that all embeddings are nearly one point (uniformity above -0.1) or
/// nearly on one line (effective rank below 2, less where fewer than 5 dimensions can be had). Such a reading
/// counts 1, one well clear of it (below -0.2 and above 1.5 times that rank) takes 1 away: it speaks once, at 5 and
/// at least 20 steps after 0, and again only after another 0.
class CollapseWatch {
 public:
  /// `dimensions` is the largest effective rank that can be: the least of rows and columns of z.
  explicit CollapseWatch(int64_t dimensions);
  /// A warning to print, mostly none. `step` of the whole run.
  std::optional<std::string> see(const Reading& reading, int64_t step);

 private:
  double least_rank_;
  int score_ = 0;
  int64_t last_clear_ = 0;  // step with a score of 0
  bool collapsed_ = false;
};

}  // namespace nce::cli
