#pragma once
#include "nce/losses/theory/target.h"

namespace nce::losses {

/// A loss without a denominator: its expected loss is a sum over pairs of states, and each term has one logit.
class EachPair : public Target {
 public:
  ExpectedRow expected(const Anchor& anchor, const std::vector<double>& logits) const final {
    const size_t k = logits.size();
    ExpectedRow row{0, std::vector<double>(k), logits, logits, std::vector<double>(k * k)};
    for (size_t j = 0; j < k; ++j) {
      const Term term = expected(anchor.q[j], anchor.pi[j], anchor.negatives, logits[j]);
      row.loss += term.loss, row.gradient[j] = term.slope, row.jacobian[j * k + j] = term.curvature;
      row.read_out[j] = row.positive[j] = of_logit(logits[j]);
    }
    return row;
  }

 protected:
  /// A term: its value, and its derivatives by the logit.
  struct Term {
    double loss, slope, curvature;
  };

 private:
  /// The term of one logit. Positives have weight q, negatives weight pi.
  virtual Term expected(double q, double pi, double negatives, double logit) const = 0;
  /// Its read-out.
  virtual double of_logit(double logit) const { return logit; }
};

}  // namespace nce::losses
