#pragma once
#include <string>
#include <utility>
#include <vector>

#include "loss_registry.h"
#include "nce/core/tensor.h"
#include "nce/losses/theory/theory.h"
#include "commands/theory.h"

namespace nce::cli {

/// A loss that has a theory, as the synthetic experiment trains with it.
struct TheoryLoss {
  losses::ContrastiveLoss loss;
  double temperature = 0.5;
  double mu = 1;              ///< f_micl: the kernel of equal rows
  double bias = 0;            ///< sig_lip: that of a trained run
  bool free_lengths = false;  ///< spectral: dot products of rows as they are, in the place of cosines

  /// The logit of a cosine (of a dot product with `free_lengths`), without sig_lip's learnt bias; it rises with it.
  double logit(double cosine) const;
  double logit_slope(double cosine) const;
  bool has_bias() const { return loss.kind == losses::LossKind::sig_lip; }
  /// Where the learnt bias starts: equal rows are then taken for a pair as often as chance has it.
  double first_bias(int64_t batch) const;
  /// The loss of embeddings z1, z2 (N, d); `bias` of one element where `has_bias`.
  Tensor operator()(const Tensor& z1, const Tensor& z2, const Tensor& bias) const;
  /// "sc_info_nce (1.5, 0.5) all", for tables.
  std::string name() const;
  /// That as part of a file's name: "sc_info_nce_1.5_0.5_all".
  std::string file_name() const;
};

/// The losses of the synthetic experiment. Those whose level no softmax or bias adapts are given that of the
/// target: the largest logit (spectral_contrastive) or kernel (f_micl) is the mean of c1/c2 on the diagonal.
std::vector<TheoryLoss> synthetic_losses(const TheorySettings& settings, const losses::Joint& joint);

/// A loss with the options of `nce train`; one without a theory is an error that lists those that have one.
TheoryLoss theory_of(const std::string& name, const LossSettings& settings);

/// The names that `nce theory --loss` takes.
std::vector<std::string> theory_loss_names();
/// Whether --loss asks for `loss`.
bool is_wanted(const TheorySettings& settings, const losses::ContrastiveLoss& loss);
/// What --delta and --gamma say: every pair of them; without --gamma the line gamma = delta - 1, without either (1,
/// 0), (1.5, 0.5), (0.8, -0.2) of that line and the authors' (1, -0.2), (0.5, -0.2) off it.
std::vector<std::pair<double, double>> delta_gamma_of(const TheorySettings& settings);

/// The same loss with the positive weight that the paper's stated target follows from.
losses::ContrastiveLoss exact_of(losses::ContrastiveLoss loss);

/// Read-outs as they are shown, so that 1 stands for what chance alone would do: p and sigma times the number of
/// negatives that a positive meets, the density ratio that a logit of f_micl stands for times the weight of the
/// negatives, other logits as they are.
losses::StateMatrix shown(losses::StateMatrix read_out, const losses::ContrastiveLoss& loss, int64_t batch);
/// The error of what is shown, from that of the read-outs: half the way from one error below to one above.
losses::StateMatrix shown_error(const losses::StateMatrix& read_out, const losses::StateMatrix& error,
                                const losses::ContrastiveLoss& loss, int64_t batch);
/// What is shown then: "p (B - 1)", "2 p (B - 1)", "sigma (B - 1)", "a G", "s".
std::string shown_name(const losses::ContrastiveLoss& loss);

}  // namespace nce::cli
