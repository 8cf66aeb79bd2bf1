#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nce/core/tensor.h"

/// Which losses `nce train --loss NAME` knows, and which options each takes.
namespace nce::cli {

/// The options of all losses together; each takes what it has a use for (`options_of`). Their names on the command
/// line are those of the fields with dashes.
struct LossSettings {
  double temperature = 0.2;
  bool learn_temperature = false;
  bool symmetric = false, both_views = false;
  double delta = 1;
  std::optional<double> gamma = std::nullopt;  ///< Unset: delta - 1.
  std::string denominator = "negatives", positive_weight = "exact";
  double sigma = 0.5;
  double beta = 1, tau_plus = 0.1;
  double bias = -10;
  double margin = 0.2;
  bool soft = false;
  double kernel = 2, energy = 16;  ///< gkcl's t and gamma.
  std::string divergence = "kl";
  double order = 3, alpha = 40;
  double lambda = 0.005;
  double invariance = 25, variance = 25, covariance = 1;

  // What training adds to the options for each batch; all may be empty.
  std::span<const int> labels = {};                       ///< Of the images, for sup_con.
  Tensor logit_scale = {}, logit_bias = {};               ///< Learned: log(1 / temperature), and sig_lip's bias.
  std::function<Tensor(const Tensor& z)> predictor = {};  ///< Learned too, for negative_cosine.
};

/// A scalar from two views' embeddings (N, d), row i of one matching row i of the other.
using Loss = std::function<Tensor(const Tensor& z1, const Tensor& z2, const LossSettings& settings)>;

/// One line makes a loss known, before `main` looks for it:
///     const bool known = nce::cli::register_loss("my_loss", my_loss);
/// With the options that it has a use for, others are refused on the command line; without, all are taken.
bool register_loss(const std::string& name, Loss loss, std::optional<std::vector<std::string>> options = {});
std::vector<std::string> loss_names();
/// An unknown name is an error that lists the known ones.
const Loss& find_loss(const std::string& name);

/// Whether a loss has a use for an option, "temperature", "learn-temperature", ...
bool takes(const std::string& loss, const std::string& option);
/// The losses of ours that do.
std::vector<std::string> losses_with(const std::string& option);
/// Whether a loss of ours, with these settings, holds a part of itself fixed while it is differentiated, so that its
/// gradient is not that of its value.
bool stops_gradient(const std::string& loss, const LossSettings& settings);
/// Every option that some losses of ours have and others do not.
std::vector<std::string> loss_options();

}  // namespace nce::cli
