#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nce/nn/module.h"

namespace nce::nn {

/// Changes parameters by their gradients, as `torch.optim` does. Parameters without a gradient are left alone. The
/// tensors that `parameters` points at must outlive the optimizer and keep their shape and dtype.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  void step();
  void zero_grad();
  double lr() const { return lr_; }
  void set_lr(double lr);
  /// How often `step` was called, before a resume too.
  int64_t steps() const { return steps_; }

  /// A copy of everything but the parameters that the next step depends on: "step" (one f64 number) and, for each
  /// parameter, "momentum.<name>" (SGD with momentum, LARS) or "exp_avg.<name>" and "exp_avg_sq.<name>" (Adam,
  /// AdamW). The options and the learning rate are not part of it: they come from the configuration and the
  /// schedule. The names of the parameters must differ.
  std::vector<std::pair<std::string, Tensor>> state_dict() const;
  /// Continues to the same bits where the optimizer that gave `state` stopped. Strict: an error lists what is
  /// missing, unexpected or of another shape, and then nothing has been changed.
  void load_state_dict(const std::vector<std::pair<std::string, Tensor>>& state);

 protected:
  /// One tensor of `parameters`'s shapes for each name in `state`, zeros at first.
  Optimizer(const char* name, NamedTensors parameters, double lr, std::vector<std::string> state);

  /// A parameter that has a gradient, with what changes it: all dense, all of one dtype.
  struct Job {
    size_t index;  // among the parameters
    Tensor weight, grad;
    std::vector<Tensor> state;
    bool is_matrix() const { return weight.dim() > 1; }  // neither a bias nor of a normalisation
    bool decays(bool norms_and_biases) const { return is_matrix() || (weight.dim() == 1 && norms_and_biases); }
  };
  virtual void update(std::vector<Job>& jobs) = 0;

 private:
  std::string name_;
  NamedTensors parameters_;
  double lr_;
  int64_t steps_ = 0;
  std::vector<std::string> state_names_;
  std::vector<std::vector<Tensor>> state_;  // [name][parameter]
};

struct SgdOptions {
  double lr = 0.1;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
  /// False: tensors of one dimension (biases, weights of normalisation layers) are not decayed. Tensors without
  /// dimensions (a learned temperature) never are: they have no direction to forget, and 0 is no rest for them.
  bool decay_norms_and_biases = true;
};

/// g = grad + weight_decay w; buf = momentum buf + g (g at the first step); w -= lr buf (nesterov: lr (g + momentum
/// buf)). PyTorch's SGD with dampening 0.
class SGD : public Optimizer {
 public:
  explicit SGD(NamedTensors parameters, const SgdOptions& options = {});

 private:
  void update(std::vector<Job>& jobs) override;
  SgdOptions options_;
};

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool decay_norms_and_biases = true;  ///< As in `SgdOptions`.
};

/// Adam (Kingma and Ba, 2015), weight decay added to the gradient: m = beta1 m + (1 - beta1) g, v = beta2 v +
/// (1 - beta2) g^2, w -= lr m' / (sqrt(v') + eps), m' = m / (1 - beta1^t), v' = v / (1 - beta2^t), t
/// the number of this call of `step`.
class Adam : public Optimizer {
 public:
  explicit Adam(NamedTensors parameters, const AdamOptions& options = {})
      : Adam("Adam", std::move(parameters), options, false) {}

 protected:
  Adam(const char* name, NamedTensors parameters, const AdamOptions& options, bool decoupled);

 private:
  void update(std::vector<Job>& jobs) override;
  AdamOptions options_;
  bool decoupled_;
};

/// As `AdamOptions`, with PyTorch's default weight decay for AdamW.
struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 1e-2;
  bool decay_norms_and_biases = true;
};

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019): w is first multiplied by 1 - lr weight_decay.
class AdamW : public Adam {
 public:
  explicit AdamW(NamedTensors parameters, const AdamWOptions& options = {})
      : Adam("AdamW", std::move(parameters),
             {options.lr, options.beta1, options.beta2, options.eps, options.weight_decay,
              options.decay_norms_and_biases},
             true) {}
};

struct LarsOptions {
  double lr = 0.3;  ///< SimCLR: 0.3 for each 256 images of the batch.
  double momentum = 0.9;
  double weight_decay = 1e-6;
  double trust_coefficient = 1e-3;
};

/// LARS (You, Gitman and Ginsburg, "Large Batch Training of Convolutional Networks", 2017) in the form that SimCLR
/// published (google-research/simclr, lars_optimizer.py, classic momentum):
///
///     g = grad + weight_decay w;   r = trust_coefficient |w| / |g|, 1 where a norm is 0
///     buf = momentum buf + lr r g;   w -= buf
///
/// Tensors of one dimension (biases, weights of normalisation layers) have neither decay nor adaptation: g = grad,
/// r = 1.
class LARS : public Optimizer {
 public:
  explicit LARS(NamedTensors parameters, const LarsOptions& options = {});

 private:
  void update(std::vector<Job>& jobs) override;
  LarsOptions options_;
};

/// For `make_optimizer`: what is left unset has the default of the optimizer that is made.
struct OptimizerOptions {
  std::optional<double> lr = {}, weight_decay = {};
  std::optional<double> momentum = {};                     ///< sgd, lars
  std::optional<bool> nesterov = {};                       ///< sgd
  std::optional<double> beta1 = {}, beta2 = {}, eps = {};  ///< adam, adamw
  std::optional<double> trust_coefficient = {};            ///< lars
  std::optional<bool> decay_norms_and_biases = {};         ///< sgd, adam, adamw
};

/// "sgd", "adam", "adamw", "lars".
std::vector<std::string> optimizer_names();

/// An unknown name is an error that lists the known ones; an option that the optimizer does not have is one too.
std::unique_ptr<Optimizer> make_optimizer(const std::string& name, NamedTensors parameters,
                                          const OptimizerOptions& options = {});

}  // namespace nce::nn
