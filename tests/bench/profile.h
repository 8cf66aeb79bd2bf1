#pragma once
#include <cstdint>
#include <string>

namespace nce::bench {

/// Prints where a training step's time goes. Each operation is timed alone at its shape, times how often the step runs
/// it. Rows go by share of the sum; then come the sum by kind and the whole step, measured. Floors are those of the
/// method in use. An operation alone finds its tensors in the cache at least as often as in the step.
/// `views` 0: as in the table of workloads.
void profile(const std::string& encoder, int64_t views, bool json);

}  // namespace nce::bench
