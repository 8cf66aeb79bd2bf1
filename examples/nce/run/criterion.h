#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>

#include "loss_registry.h"
#include "nce/nn/module.h"

namespace nce::cli {

/// A run's loss, with what it learns beside the encoder: the logarithm of 1 / temperature (`--learn-temperature`,
/// and sig_lip always), sig_lip's bias, negative_cosine's predictor. As a module, so that all of this is optimised
/// and saved like any other parameter; for most losses there is nothing.
class Criterion final : public nn::Module {
 public:
  /// `dim` is the size of the embeddings.
  Criterion(const std::string& loss, const LossSettings& settings, int64_t dim, Generator& generator);

  /// The loss of embeddings z (2N, d), the second views below the first, of N images with `labels`.
  Tensor operator()(const Tensor& z, std::span<const int> labels);
  void fields(nn::Fields& fields) override;

  /// After a step of the optimiser: 1 / temperature stays at most 100, as in CLIP.
  void bound();
  /// The temperature as it is now.
  double temperature() const;
  /// sig_lip's bias as it is now.
  double bias() const;
  /// Adds to a line of the log the temperature and the bias, where they are learned.
  void add_to(nlohmann::ordered_json& line) const;

 private:
  const Loss& loss_;
  LossSettings settings_;
  std::unique_ptr<nn::Layer> predictor_;
};

}  // namespace nce::cli
