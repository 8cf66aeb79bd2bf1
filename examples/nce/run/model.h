#pragma once
#include <memory>

#include "run/criterion.h"
#include "run/task.h"

namespace nce::cli {

/// All that is trained: an encoder, its projection head, and the loss with what it learns. As a module its parts are
/// "encoder.conv1.weight", "head.2.bias", "loss.logit_scale".
class Model final : public nn::Module {
 public:
  /// As before the first step: weights drawn from the run's seed. Writes the sizes that it took into `config`.
  Model(Task& task, Config& config);
  void fields(nn::Fields& fields) override;

  /// Embeddings (V B, d) of the task's present batch: first views, then second views, and so on, local ones
  /// last. All go through the head together: batch normalisation sees the statistics of all.
  Tensor embed_views() { return (*head_)(encoder_->views()); }
  /// Embeddings (N, d) of N examples of a split.
  Tensor embed(data::Split split, std::span<const int> examples) {
    return (*head_)(encoder_->features(split, examples));
  }

  TaskEncoder& encoder() { return *encoder_; }
  Criterion& loss() { return *loss_; }

 private:
  std::unique_ptr<TaskEncoder> encoder_;
  std::unique_ptr<nn::Layer> head_;
  std::unique_ptr<Criterion> loss_;
};

}  // namespace nce::cli
