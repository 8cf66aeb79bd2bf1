#pragma once

namespace nce::losses {

/// The pairs in the denominator of a softmax: only the negatives, or all (the positive, too).
enum class Denominator { negatives, all };

}  // namespace nce::losses
