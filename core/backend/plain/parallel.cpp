#include "nce/core/parallel.h"

#include "nce/core/error.h"

namespace nce {

void set_num_threads(int threads) {
  check(threads >= 1, "set_num_threads: need at least 1 thread, got {}", threads);
}

int num_threads() { return 1; }

void detail::run_chunks(int64_t chunks, ChunkFunction body) {
  for (int64_t c = 0; c < chunks; ++c) body(c);
}

}  // namespace nce
