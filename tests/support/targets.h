#pragma once
#include <doctest/doctest.h>
#include <hwy/targets.h>

#include <cstdint>
#include <string>

namespace nce::test {

/// The kernels from here on use the best of `targets`; 0: what the processor has.
inline void use_targets(int64_t targets) {
  hwy::SetSupportedTargetsForTest(targets);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

/// Does `body` once with each instruction set that this processor has and the kernels are made for.
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
