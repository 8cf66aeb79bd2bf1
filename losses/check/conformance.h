#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nce/core/tensor.h"

/// Is a loss right, and what kind of loss is it? For your own losses, in a test or by `nce check-loss`:
///
///     TEST_CASE("my_loss conforms") {
///       const auto report = nce::losses::check_conformance("my_loss", my_loss);
///       CHECK_MESSAGE(report.ok(), to_string(report));
///     }
namespace nce::losses {

/// A loss of two views. z1, z2: (N, d), row i of z1 matches row i of z2 -> one number of their dtype. A loss without a
/// temperature ignores it. Whatever else it needs (options, labels, a queue), the function captures.
using TwoViewLoss = std::function<Tensor(const Tensor& z1, const Tensor& z2, double temperature)>;
/// The same for `ConformanceOptions::num_views` views.
using LossOfViews = std::function<Tensor(const std::vector<Tensor>& views, double temperature)>;

enum class Verdict {
  holds,
  fails,     ///< The loss is wrong, or cannot be trained with.
  property,  ///< What kind of loss it is: neither right nor wrong.
};

struct Finding {
  std::string name;  ///< Of the check; `check_conformance` lists them.
  Verdict verdict;
  double measured;     ///< The number behind the verdict; NaN if there is none.
  std::string answer;  ///< For a property, one or two words: "yes", "z1 only", "improves", "log N".
  std::string text;    ///< A line for people.
};

struct ConformanceReport {
  std::string loss;
  std::vector<Finding> findings;
  /// No check failed.
  bool ok() const;
  /// The finding called `name`; an error if there is none. For a loss that gives no number there is only `call`.
  const Finding& operator[](const std::string& name) const;
};

struct ConformanceOptions {
  double temperature = 0.2;       ///< For all checks that do not say otherwise.
  double low_temperature = 0.01;  ///< For the check of that name.
  /// The loss detaches a part of itself on purpose, so differences do not give its gradient. Then the deviation is
  /// reported, not judged. This is not needed if one view gets no gradient at all.
  bool stops_gradient = false;
  uint64_t seed = 1;      ///< Of the embeddings.
  int64_t num_views = 2;  ///< Of each sample, for a `LossOfViews`.
};

/// The number of pairs for `streams`: their tiles are nearly three times as much as the engine keeps for the backward pass.
constexpr int64_t kStreamingPairs = 4800;

/// Runs `loss` on embeddings made for each check. These must hold (in f64 unless f32 is named):
///
/// - `call`             one finite number of the inputs' dtype; a backward pass runs from it
/// - `gradient`         not zero, and equal to central differences to 1e-6: for 6 pairs each entry (relative to the
///                      largest), for 150 pairs along random directions (relative to the length). A view without any
///                      gradient is left out; `gradient reaches` reports it
/// - `repeat`           the same inputs give the same bits again
/// - `threads`          1, 2 and 4 threads give the same bits (f32, 700 pairs)
/// - `pair order`       shuffled pairs give the same value and gradients, to 1e-9 relative
/// - `f32`              value and gradients are as in f64, to 1e-4 of the largest
/// - `low temperature`  value and gradients are finite in f32, for unrelated views and for views of one sample. The
///                      deviation from f64 is reported, not judged
/// - `near views`       the same for views that differ by 1e-3, 1e-6 or nothing, at both temperatures
/// - `two pairs`        the same for N = 2. A loss may also refuse it with an `Error`
/// - `collapse`         the same where all rows are one vector
///
/// These describe the loss:
///
/// - `gradient reaches`  all views or some (a stop-gradient)
/// - `temperature`       does the value depend on it?
/// - `symmetric`         is the loss the same if any two views are exchanged?
/// - `normalises`        is the loss the same if rows get other lengths?
/// - `rotation`          is the loss the same if the space is rotated (by a random orthogonal matrix)? Losses of single
///                       dimensions, such as Barlow Twins and VICReg, say no by design
/// - `streams`           no N x N matrix is held for kStreamingPairs pairs. Measured: the peak memory of tensors, in
///                       units of such a matrix
/// - `collapsed`, `orthogonal`, `aligned`  the value for 8 pairs of unit vectors: all equal; all orthogonal; views equal
///                       and pairs orthogonal. In 16 dimensions, and 8 more for each further view
/// - `step on alignment`, `step on uniformity`  does a small step against the gradient improve them? (Wang and Isola,
///                       "Understanding Contrastive Representation Learning through Alignment and Uniformity on the
///                       Hypersphere", 2020.) For 512 random pairs in a cone; of all pairs of views, and of all views.
///                       Measured: the cosine between the step and steepest descent; within 0.05 of 0 the step leaves
///                       them alone
/// - `collapse is`       a minimum, a saddle, a maximum, flat, or not stationary: by the gradient and 24 small random
///                       moves
///
/// If the loss throws, the check that called it fails. The checker changes the number of threads while it runs, and
/// resets `peak_bytes`: run nothing else at the same time.
ConformanceReport check_conformance(const std::string& name, const TwoViewLoss& loss,
                                    const ConformanceOptions& options = {});
ConformanceReport check_conformance(const std::string& name, const LossOfViews& loss,
                                    const ConformanceOptions& options);

/// One line a finding, failures first.
std::string to_string(const ConformanceReport& report);
/// Reports as one Markdown table, one line a loss.
std::string to_markdown(const std::vector<ConformanceReport>& reports);

}  // namespace nce::losses
