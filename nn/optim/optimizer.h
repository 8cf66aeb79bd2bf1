#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/row_gradient.h"
#include "nce/nn/module.h"

namespace nce::nn {

/// Changes parameters by their gradients, as `torch.optim` does. Parameters that have no gradient, or are frozen, stay
/// as they are. The tensors that `parameters` points to must outlive the optimiser and keep their place, shape and
/// dtype. If backward passes reach a parameter that no optimiser has, `backward` of the second step is an error.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  void step();
  void zero_grad();
  double lr() const { return lr_; }
  /// At least 0.
  void set_lr(double lr);
  /// How often `step` was called, also before a resume.
  int64_t steps() const { return steps_; }

  /// A copy of everything that the next step depends on, except the parameters:
  /// - "step", one f64 number
  /// - for each parameter "momentum.<name>" (SGD with momentum, LARS), or "exp_avg.<name>" and "exp_avg_sq.<name>"
  ///   (Adam, AdamW, SparseAdam), of the parameter's shape
  /// Options and learning rate are not in it. The names of the parameters must differ.
  State state_dict() const;
  /// Continues where the optimiser that gave `state` stopped, with the same bits. Strict: an error lists what is
  /// missing, unexpected or of another shape, and nothing is changed then.
  void load_state_dict(const State& state);

 protected:
  /// For each name in `state`, it keeps a tensor for each parameter, of its shape, zeros at first.
  Optimizer(const char* name, NamedTensors parameters, double lr, std::vector<std::string> state);

  /// A parameter that has a gradient, and all tensors for its step. They are dense and of one dtype.
  struct Job {
    Tensor weight, grad;
    std::vector<Tensor> state;
    const RowGradient* rows =
        nullptr;  // not null: `grad` is its values. Of a parameter of an optimiser `by_rows` alone
    bool is_matrix() const { return weight.dim() > 1; }  // neither a bias nor of a normalisation
    bool decays(bool norms_and_biases) const { return is_matrix() || (weight.dim() == 1 && norms_and_biases); }
  };
  virtual void update(std::vector<Job>& jobs) = 0;
  /// Whether `update` takes gradients of some rows only. Otherwise all gradients are dense.
  virtual bool by_rows() const { return false; }

 private:
  void check_there() const;  // an error if a module was moved away
  State own_state() const;   // "step", and the tensors of state_ by name

  std::string name_;
  NamedTensors parameters_;
  double lr_;
  int64_t steps_ = 0;
  std::vector<std::string> state_names_;
  std::vector<std::vector<Tensor>> state_;  // [name][parameter]
};

}  // namespace nce::nn
