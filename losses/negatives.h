#pragma once
#include "nce/core/options.h"

namespace nce::losses {

/// Where an anchor's negatives come from: the other view, its own, or both. Never from its own pair.
enum class NegativesFrom { other_view, own_view, both_views };

/// The option "negatives" of a loss.
inline void negatives_field(Options& o, NegativesFrom& negatives) {
  o.choice("negatives", negatives, {"other_view", "own_view", "both_views"}, "the view that negatives come from");
}

}  // namespace nce::losses
