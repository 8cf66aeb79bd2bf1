#pragma once
#include <functional>
#include <string>
#include <vector>

#include "nce/core/tensor.h"

/// Is a loss right, and what kind of loss is it? For losses of one's own, from a test or from `nce check-loss`:
///
///     TEST_CASE("my_loss conforms") {
///       const auto report = nce::losses::check_conformance("my_loss", my_loss);
///       CHECK_MESSAGE(report.ok(), to_string(report));
///     }
namespace nce::losses {

/// A loss of two views' embeddings z1, z2 (N, d), row i of one matching row i of the other: one number of their
/// dtype. A loss without a temperature ignores it. What else it needs (options, labels, a queue) it captures.
using TwoViewLoss = std::function<Tensor(const Tensor& z1, const Tensor& z2, double temperature)>;

enum class Verdict {
  holds,
  fails,     ///< the loss is wrong, or wrong for training
  property,  ///< what kind of loss it is: neither right nor wrong
};

struct Finding {
  std::string name;  ///< which check; fixed texts, listed at `check_conformance`
  Verdict verdict;
  double measured;     ///< the number behind the verdict, as `text` says; NaN where there is none
  std::string answer;  ///< of a property, in a word or two: "yes", "z1 only", "improves", "log N"
  std::string text;    ///< a line for people
};

struct ConformanceReport {
  std::string loss;
  std::vector<Finding> findings;
  /// No check failed.
  bool ok() const;
  /// The finding called `name`. Throws where there is none: of a loss that gives no number only `call` is known.
  const Finding& operator[](const std::string& name) const;
};

struct ConformanceOptions {
  double temperature = 0.2;       ///< at which all is measured that does not say otherwise
  double low_temperature = 0.01;  ///< of the check of that name
  /// The loss detaches a part of itself on purpose, so that its gradient is not that of its value: the deviation
  /// from central differences is told, not judged. Not needed where one view gets no gradient at all.
  bool stops_gradient = false;
  uint64_t seed = 1;  ///< of the embeddings
};

/// Runs `loss` on embeddings made for each check. What must hold (f64 unless f32 is named):
///
/// - `call`             gives one finite number of its inputs' dtype, from which a backward pass runs
/// - `gradient`         is not zero, and is the central difference: entry by entry for 6 pairs, along random
///                      directions for 150, to 1e-6 of the largest slope or of the gradient's length. A view that
///                      gets no gradient at all is left out, and said aloud by `gradient reaches`
/// - `repeat`           the same inputs give the same bits again
/// - `threads`          1, 2 and 4 threads give the same bits (f32, 700 pairs)
/// - `pair order`       shuffling the pairs changes neither value nor gradients, to 1e-9 relative
/// - `f32`              value and gradients are those of f64 to 1e-4 of the largest
/// - `low temperature`  value and gradients are finite in f32, for unrelated views and views of one sample; the
///                      deviation from f64 there is told, not judged
/// - `near views`       the same for views that differ by 1e-3, 1e-6 or nothing, at both temperatures
/// - `two pairs`        the same for N = 2; a loss that refuses it with an `Error` is right to
/// - `collapse`         the same where all rows are one vector
///
/// What describes it:
///
/// - `gradient reaches`  both views, or one: a stop-gradient
/// - `temperature`       whether the value depends on it
/// - `symmetric`         exchanging the views changes nothing
/// - `normalises`        scaling each row changes nothing
/// - `rotation`          rotating the space of embeddings (a random orthogonal matrix) changes nothing; by design
///                       not so for losses of single dimensions, such as Barlow Twins and VICReg
/// - `streams`           no N x N matrix is held for 4200 pairs; measured: peak memory of tensors in such matrices
/// - `collapsed`, `orthogonal`, `aligned`  the value for 8 pairs of unit vectors in 16 dimensions: all the same; all
///                       16 orthogonal to each other; equal views, orthogonal otherwise
/// - `step on alignment`, `step on uniformity`  whether a small step against the gradient improves them (Wang and
///                       Isola, "Understanding Contrastive Representation Learning through Alignment and Uniformity
///                       on the Hypersphere", 2020), for 512 random pairs in a cone; measured: the cosine between the
///                       step and steepest descent of either, which it leaves alone within 0.05 of 0
/// - `collapse is`       a minimum, a saddle, a maximum, flat, or not stationary, by the gradient and by 24 small
///                       random moves
///
/// Whatever the loss throws is found as a failure of the check that called it.
/// Sets the number of threads while it runs and resets `peak_bytes`: not beside other work.
ConformanceReport check_conformance(const std::string& name, const TwoViewLoss& loss,
                                    const ConformanceOptions& options = {});

/// A line a finding, failures first.
std::string to_string(const ConformanceReport& report);
/// Many reports as one Markdown table, a line a loss.
std::string to_markdown(const std::vector<ConformanceReport>& reports);

}  // namespace nce::losses
