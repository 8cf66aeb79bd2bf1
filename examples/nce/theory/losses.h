#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands/theory.h"
#include "nce/losses/catalogue.h"
#include "nce/losses/theory/measure.h"

namespace nce::cli {

/// A loss that has a theory, with some options.
struct TheoryLoss {
  std::string name;                    ///< Of its row in the catalogue.
  std::vector<Setting> settings;       ///< Its options, where they are not the defaults.
  std::shared_ptr<losses::Loss> loss;  ///< To train with.
  std::shared_ptr<const losses::Target> target;
  double temperature = 0;
  double bias = 0;  ///< sig_lip: that of a trained run.

  /// The loss without its delta and gamma: "sc_info_nce all published".
  std::string base() const;
  /// "sc_info_nce (1.5, 0.5) all", for tables.
  std::string title() const;
  /// That as part of a file's name: "sc_info_nce_1.5_0.5_all".
  std::string file_name() const;

  double logit(double cosine) const { return target->logit(cosine, temperature); }
  /// Read-outs as tables show them, see `Target::shown`.
  losses::StateMatrix shown(losses::StateMatrix read_out, int64_t batch) const;
  /// The error of what is shown: half the way from one error below the read-out to one above.
  losses::StateMatrix shown_error(const losses::StateMatrix& read_out, const losses::StateMatrix& error,
                                  int64_t batch) const;
};

/// A loss of the catalogue. One without a theory is an error that lists those that have one.
TheoryLoss theory_of(const std::string& name, const std::vector<Setting>& settings = {});
/// The names that `nce theory --loss` takes.
std::vector<std::string> theory_loss_names();

/// The losses that --loss asks for, each in every combination of its choices and of --delta and --gamma. Without
/// --gamma, gamma = delta - 1. Without both, three pairs on that line and the authors' two off it.
std::vector<TheoryLoss> theory_losses(const TheorySettings& settings);

/// The losses of the synthetic experiment. spectral_contrastive and f_micl have no softmax or bias that finds the
/// level of the target. They are given it: their largest logit or kernel is the mean of c1/c2 on the diagonal.
std::vector<TheoryLoss> synthetic_losses(const TheorySettings& settings, const losses::Joint& joint);

/// How far sc_info_nce with either positive weight is from the target that the paper states.
struct WeightComparison {
  double delta, gamma;
  int64_t batch;
  double exact, published;
};

/// Compares rows that differ in the positive weight alone, with negatives as the denominator. A row has `loss`, a
/// TheoryLoss, `batch`, `read_out()` and `stated()`: the target, or null where it is not to be compared.
template <class Row>
std::vector<WeightComparison> compare_weights(const std::vector<Row>& rows, const losses::Joint& joint) {
  std::vector<WeightComparison> all;
  for (const Row& exact : rows)
    for (const Row& published : rows) {
      const auto a = exact.loss.target->scale(), b = published.loss.target->scale();
      if (!a || !b || a->delta != b->delta || a->gamma != b->gamma || exact.batch != published.batch ||
          exact.loss.base() != exact.loss.name || published.loss.base() != exact.loss.name + " published" ||
          !exact.stated())
        continue;
      const auto off = [&](const Row& row) {
        return losses::distance(row.read_out(), *exact.stated(), joint).largest_relative;
      };
      all.push_back({a->delta, a->gamma, exact.batch, off(exact), off(published)});
    }
  return all;
}

}  // namespace nce::cli
