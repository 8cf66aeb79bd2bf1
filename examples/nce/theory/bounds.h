#pragma once
#include "nce/core/random.h"
#include "theory/losses.h"

namespace nce::cli {

/// What embeddings ask of the logits, one condition after another, each with those before it.
enum class Bound {
  interval,  ///< cosines lie within -1 .. 1, and are symmetric: the two views go through one encoder
  diagonal,  ///< cosines of a state with itself are 1: views that look alike have one embedding
  vectors,  ///< the cosines are those of vectors of `dim` dimensions: positive semi-definite, of rank at most `dim`
};

/// The logits at which the expected loss of a batch of `batch` pairs is least (or its descent ends) under `bound`:
/// what an encoder without faults would do. A learnt bias is learnt. With `free_lengths` there is no bound but
/// `vectors`'.
losses::StateMatrix bounded_logits(const losses::Joint& joint, const TheoryLoss& loss, int64_t batch, Bound bound,
                                   int64_t dim, Key key);

}  // namespace nce::cli
