#include "nce/core/parallel.h"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <memory>
#include <mutex>

#include "nce/core/error.h"

// oneTBB is not built with ThreadSanitizer, so the sanitizer does not see that a task's start and end order memory.
// In a sanitizer build these two annotations tell it. Only this file includes oneTBB. It is then built without the
// sanitizer, because oneTBB's headers have the same problem.
#if defined(NCE_ANNOTATE_THREADS)
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#define NCE_TSAN_ACQUIRE(address) __tsan_acquire(address)
#define NCE_TSAN_RELEASE(address) __tsan_release(address)
#else
#define NCE_TSAN_ACQUIRE(address) static_cast<void>(address)
#define NCE_TSAN_RELEASE(address) static_cast<void>(address)
#endif

namespace nce {
namespace {

struct Pool {
  explicit Pool(int n) : threads(n), limit(tbb::global_control::max_allowed_parallelism, size_t(n)), arena(n) {}
  int threads;
  tbb::global_control limit;  // allows more threads than CPUs
  tbb::task_arena arena;
};

std::mutex pool_mutex;

std::shared_ptr<Pool>& pool_slot() {
  static std::shared_ptr<Pool> slot;
  return slot;
}

std::shared_ptr<Pool> pool() {
  std::lock_guard lock(pool_mutex);
  auto& slot = pool_slot();
  if (!slot) slot = std::make_shared<Pool>(tbb::info::default_concurrency());
  return slot;
}

thread_local bool inside_pool = false;

}  // namespace

void set_num_threads(int threads) {
  check(threads >= 1, "set_num_threads: need at least 1 thread, got {}", threads);
  auto fresh = std::make_shared<Pool>(threads);
  std::lock_guard lock(pool_mutex);
  pool_slot() = std::move(fresh);
}

int num_threads() { return pool()->threads; }

namespace detail {

void run_chunks(int64_t chunks, ChunkFunction body) {
  char order = 0;  // its address carries ThreadSanitizer's happens-before edges
  auto chunk = [&](int64_t c) {
    struct Inside {
      explicit Inside(char* address) : order(address) { NCE_TSAN_ACQUIRE(order); }
      ~Inside() {
        inside_pool = before;
        NCE_TSAN_RELEASE(order);  // also if body throws
      }
      char* order;
      bool before = std::exchange(inside_pool, true);
    } inside(&order);
    body(c);
  };
  auto all = [&] {
    // Isolated: a thread that waits here must not start an unrelated outer task.
    tbb::this_task_arena::isolate([&] { tbb::parallel_for(int64_t{0}, chunks, chunk, tbb::simple_partitioner{}); });
  };
  struct Joined {
    char* order;
    ~Joined() { NCE_TSAN_ACQUIRE(order); }  // also if a chunk threw
  } joined{&order};
  NCE_TSAN_RELEASE(&order);
  if (inside_pool) {
    all();
  } else {
    const auto current = pool();
    if (current->threads == 1) {
      for (int64_t c = 0; c < chunks; ++c) chunk(c);
    } else {
      current->arena.execute(all);
    }
  }
}

}  // namespace detail
}  // namespace nce
