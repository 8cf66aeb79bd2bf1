#pragma once
#include "nce/core/parallel.h"

namespace nce::test {

/// Whether `run()` returns the same on 1, 2 and 4 threads.
template <class F>
bool same_on_threads(F run) {
  const RestoreThreads restore;
  const auto on = [&](int threads) {
    set_num_threads(threads);
    return run();
  };
  const auto one = on(1);
  return on(2) == one && on(4) == one;
}

}  // namespace nce::test
