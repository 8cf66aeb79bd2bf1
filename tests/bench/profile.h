#pragma once
#include <cstdint>
#include <string>

namespace nce::bench {

/// Prints where a training step's time goes: each of its operations timed alone at its shape, times how often the step
/// does it, by share of the sum; then the sum by kind, and the whole step, measured. A floor is here that of the
/// method that is taken. An operation alone finds its tensors in the cache as often as in the step, or more often.
/// `views` 0: as in the table of workloads.
void profile(const std::string& encoder, int64_t views, bool json);

}  // namespace nce::bench
