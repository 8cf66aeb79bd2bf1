#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nce/core/tensor.h"

/// Which losses `nce train --loss NAME` knows.
namespace nce::cli {

/// The options that losses share; each takes what it has a use for.
struct LossSettings {
  double temperature = 0.2;
  bool symmetric = false;                                            ///< info_nce
  double delta = 1;                                                  ///< sc_info_nce
  std::optional<double> gamma;                                       ///< sc_info_nce; unset: delta - 1
  std::string denominator = "negatives", positive_weight = "exact";  ///< sc_info_nce
};

/// A scalar from two views' embeddings (N, d), row i of one matching row i of the other.
using Loss = std::function<Tensor(const Tensor& z1, const Tensor& z2, const LossSettings& settings)>;

/// One line makes a loss known, before `main` looks for it:
///     const bool known = nce::cli::register_loss("my_loss", my_loss);
bool register_loss(const std::string& name, Loss loss);
std::vector<std::string> loss_names();
/// An unknown name is an error that lists the known ones.
const Loss& find_loss(const std::string& name);

}  // namespace nce::cli
