#pragma once
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "config.h"
#include "nce/losses/catalogue.h"
#include "nce/nn/module.h"

namespace nce::cli {

/// A run's loss with what it learns: a temperature, a bias, a predictor. As a module it is optimised and saved like other
/// parameters.
class Criterion final : public nn::Module {
 public:
  /// `dim` is the size of the embeddings; of the views of an example the last `local_views` are local. A loss that takes no
  /// pairs of views then is a `UsageError`.
  Criterion(const Config& config, int64_t dim, int64_t local_views, Generator& generator);

  /// The loss of embeddings z (V B, d) of B examples with `labels`: first views, then second views, and so on. V is the
  /// run's num_views and the local ones, for which `losses::multi_crop` says what the loss is.
  Tensor operator()(const Tensor& z, std::span<const int> labels);
  void fields(nn::Fields& fields) override;

  losses::Loss& loss() { return *loss_; }
  /// The numbers that are learned, for the log: {"temperature", 0.2}, {"bias", -10}.
  std::vector<std::pair<std::string, double>> learned() const;

 private:
  int64_t num_views_, local_views_;
  Tensor loss_of(const std::vector<Tensor>& z, std::span<const int> labels);

  std::unique_ptr<losses::Loss> loss_;
  std::unique_ptr<nn::Layer> predictor_;
};

}  // namespace nce::cli
