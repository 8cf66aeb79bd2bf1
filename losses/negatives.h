#pragma once
#include "nce/core/options.h"

namespace nce::losses {

/// Where an anchor's negatives come from: the other view, the anchor's own view, or both. Its own pair never gives any.
enum class NegativesFrom { other_view, own_view, both_views };

/// The option "negatives" of a loss.
inline void negatives_field(Options& o, NegativesFrom& negatives) {
  o.choice("negatives", negatives, {"other_view", "own_view", "both_views"}, "the view that negatives come from");
}

}  // namespace nce::losses
