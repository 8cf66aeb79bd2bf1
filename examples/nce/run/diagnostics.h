#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>

#include "nce/core/tensor.h"
#include "nce/losses/catalogue.h"
#include "run/task.h"

/// What training shows of the embeddings: how sure the loss is of the positives, how near these are, how the rest is
/// spread, and whether all have collapsed.
namespace nce::cli {

/// The numbers of one batch; losses/metrics.h says what they mean.
struct Reading {
  /// Mean of the loss's own probability of the positive, where the loss has one.
  std::optional<double> positive = {};
  /// Where theory says `positive` would go if views told their label and nothing else. Whatever else two views share
  /// raises the target, so this is a lower bound of it, as far as views still show their label.
  std::optional<double> target_by_label = {};
  double alignment, uniformity;  ///< Mean of both views' uniformity.
  double effective_rank;         ///< From all 2B rows at length 1, or the first 512 where they have more columns.
  int64_t dimensions = 0;        ///< The largest possible effective rank.

  /// "55 of 128 dimensions in use"
  std::string in_use() const;
};

/// Adds the reading to a line of log.jsonl.
void add_to(nlohmann::ordered_json& line, const Reading& reading);

/// Reads the embeddings that the loss saw. Nothing is recorded or changed.
class Diagnostics {
 public:
  /// For this loss and batches of `batch` examples. `labels` (N) are those of the training examples, 0 .. `classes` - 1.
  Diagnostics(const losses::Loss& loss, std::span<const int> labels, int classes, int64_t batch);
  /// z is (2B, d): first views, then second views; later views are not looked at. `loss` is the run's, with what it has learned so far.
  Reading read(const Tensor& z, losses::Loss& loss) const;
  /// A line for the start of a run: what p+ is, and its target. None without a target.
  std::optional<std::string> explanation() const;
  /// What theory has to say of the loss's options before training; mostly nothing.
  std::string note() const;

 private:
  std::shared_ptr<const losses::Target> target_;  // null where the loss has no probability of the positive
  std::optional<double> target_by_label_;
};

/// The loss of embeddings that tell nothing apart: all are one point. Of losses with a probability of the positive; of a
/// softmax over N candidates it is log N. `dim` is that of the embeddings.
std::optional<double> chance_level(const Config& config, const Task& task, int64_t dim);

/// Notices a collapse: all embeddings are nearly one point (uniformity above -0.1) or nearly on one line (effective rank
/// below 2, or less where fewer than 5 dimensions are possible). Such a reading adds 1 to a score of 0 to 5. A reading
/// well clear of it (below -0.2, and above 1.5 times that rank) takes 1 away. The watch speaks once, at a score of 5 and
/// at least 20 steps after 0; where the run ends, at a score of 3. It speaks again only after another 0.
class CollapseWatch {
 public:
  /// `dimensions` is the largest possible effective rank: the smaller of rows and columns of z. The run has `steps`.
  CollapseWatch(std::string loss, int64_t dimensions, int64_t steps);
  /// Whether a reading after this step is wanted, logged or not: each tenth step, in short runs ten in all, and the last.
  bool wants(int64_t step) const;
  /// A warning to print, mostly none. `step` of the whole run, from 1.
  std::optional<std::string> see(const Reading& reading, int64_t step);

 private:
  std::string loss_;
  int64_t steps_;
  double least_rank_;
  int score_ = 0;
  int64_t last_clear_ = 0;  // step with a score of 0
  bool collapsed_ = false;
};

}  // namespace nce::cli
