#pragma once
#include <doctest/doctest.h>
#include <hwy/targets.h>

#include <cstdint>
#include <string>

namespace nce::test {

/// From here on the kernels use the best of `targets`; 0: the best that the processor has.
inline void use_targets(int64_t targets) {
  hwy::SetSupportedTargetsForTest(targets);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

/// Runs `body` once with each instruction set that both the processor and the kernels have.
template <class Body>
void with_every_target(Body body) {
  struct Restore {
    ~Restore() { use_targets(0); }
  } restore;
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    use_targets(target);
    const std::string instruction_set = hwy::TargetName(target);
    CAPTURE(instruction_set);
    body();
  }
}

}  // namespace nce::test
