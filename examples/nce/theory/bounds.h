#pragma once
#include "nce/core/random.h"
#include "theory/losses.h"

namespace nce::cli {

/// What embeddings ask of the logits. Each condition includes those before it.
enum class Bound {
  interval,  ///< Cosines lie within -1 .. 1, and are symmetric: one encoder sees both views.
  diagonal,  ///< A state's cosine with itself is 1: views that look alike have one embedding.
  vectors,   ///< Cosines are those of vectors of `dim` dimensions: positive semi-definite, of rank at most `dim`.
};

/// (K, K): the logits where descent on the expected loss of a batch ends under `bound`. An encoder without faults
/// would have them. A learned bias is learned. Where rows keep their lengths, only `vectors` is a bound.
losses::StateMatrix bounded_logits(const losses::Joint& joint, const TheoryLoss& loss, int64_t batch, Bound bound,
                                   int64_t dim, Key key);

}  // namespace nce::cli
