#pragma once

namespace nce::losses {

/// Which pairs the denominator of a softmax sums: the negatives alone, or the positive too.
enum class Denominator { negatives, all };

}  // namespace nce::losses
