#include "nce/core/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/instructions.h"
#include "nce/core/memory_limit.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

constexpr size_t kAlignment = 64;  // a cache line, and the widest vector register

// Rounds a size up: four sizes between one power of two and the next. At most a quarter is wasted, and blocks of
// similar sizes can be used again for each other.
size_t size_class(size_t bytes) {
  if (bytes <= kAlignment) return kAlignment;
  if (bytes > SIZE_MAX / 2) return bytes;  // more than any system has
  const size_t step = std::max(kAlignment, std::bit_floor(bytes - 1) / 4);
  return (bytes + step - 1) / step * step;
}

// Large blocks start on a huge page, and ask for more. With pages of 4 KiB, a pass over memory spends a third of
// its time on address translation. (The first touch of a huge page costs more, once a run.)
#ifdef __EMSCRIPTEN__
constexpr size_t kHugePage = SIZE_MAX;  // there are none
#else
constexpr size_t kHugePage = size_t{2} << 20;
#endif

// Not std::aligned_alloc: its sizes must be multiples of the alignment. That would waste up to 2 MiB a block.
void* from_system(size_t size) {
  void* data = nullptr;
  if (posix_memalign(&data, size < kHugePage ? kAlignment : kHugePage, size) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
  if (size >= kHugePage) static_cast<void>(madvise(data, size, MADV_HUGEPAGE));  // only a hint: it may fail
#endif
  return data;
}

// What is left of a `MemoryLimit`.
struct Allowance {
  size_t bytes = SIZE_MAX;
  const char* text = "";
};
thread_local Allowance allowance;

class Pool {
 public:
  void* take(size_t bytes) {
    if (allowance.bytes != SIZE_MAX) {
      check(bytes <= allowance.bytes, "{}", allowance.text);
      allowance.bytes -= bytes;
    }
    const size_t size = size_class(bytes);
    {
      std::lock_guard lock(mutex_);
      if (auto& free = free_[size]; !free.empty()) {
        void* data = free.back();
        free.pop_back();
        count(bytes);
        return data;
      }
    }
    void* data = from_system(size);
    if (!data) {
      release();  // the system may make what is needed of blocks of other sizes
      data = from_system(size);
    }
    std::lock_guard lock(mutex_);
    check(data, "out of memory: {} bytes asked for, {} in use", bytes, live_);
    system_ += int64_t(size);
    count(bytes);
    return data;
  }

  void give_back(void* data, size_t bytes) {
    std::lock_guard lock(mutex_);
    live_ -= int64_t(bytes);
    free_[size_class(bytes)].push_back(data);
  }

  void release() {
    std::lock_guard lock(mutex_);
    for (auto& [size, blocks] : free_) {
      for (void* data : blocks) std::free(data);
      blocks.clear();
    }
  }

  int64_t live() const { return std::lock_guard(mutex_), live_; }
  int64_t peak() const { return std::lock_guard(mutex_), peak_; }
  int64_t system() const { return std::lock_guard(mutex_), system_; }
  void reset_peak() {
    std::lock_guard lock(mutex_);
    peak_ = live_;
  }

 private:
  void count(size_t bytes) {
    live_ += int64_t(bytes);
    peak_ = std::max(peak_, live_);
  }

  mutable std::mutex mutex_;
  std::unordered_map<size_t, std::vector<void*>> free_;
  int64_t live_ = 0, peak_ = 0, system_ = 0;
};

// Never destroyed: static tensors may return their blocks after our destructors have run.
Pool& pool() {
  static Pool* pool = [] {
    detail::apply_instruction_limit();  // early enough: every computation allocates first
    return new Pool;
  }();
  return *pool;
}

}  // namespace

int64_t live_bytes() { return pool().live(); }
int64_t peak_bytes() { return pool().peak(); }
void reset_peak_bytes() { pool().reset_peak(); }
int64_t system_bytes() { return pool().system(); }
void release_free_memory() { pool().release(); }

MemoryLimit::MemoryLimit(int64_t bytes, const char* text) {
  allowance = {size_t(std::min<uint64_t>(uint64_t(bytes), SIZE_MAX)), text};
}
MemoryLimit::~MemoryLimit() { allowance = {}; }
int64_t machine_memory() { return int64_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE); }

MemoryBlock::MemoryBlock(size_t bytes) : data_(bytes ? pool().take(bytes) : nullptr), bytes_(bytes) {}
MemoryBlock::MemoryBlock(MemoryBlock&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
MemoryBlock& MemoryBlock::operator=(MemoryBlock&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}
MemoryBlock::~MemoryBlock() {
  if (data_) pool().give_back(data_, bytes_);
}

ScratchMemory::ScratchMemory(int64_t pieces, size_t bytes)
    : bytes_((bytes + kAlignment - 1) / kAlignment * kAlignment),
      block_(size_t(std::min<int64_t>(pieces, num_threads())) * bytes_) {
  for (int i = int(std::min<int64_t>(pieces, num_threads())); i-- > 0;) free_.push_back(i);
}

ScratchMemory::Part::Part(ScratchMemory& scratch) : scratch_(scratch) {
  const std::lock_guard lock(scratch_.mutex_);
  check(!scratch_.free_.empty(), "more pieces run at once than there are threads");
  index_ = scratch_.free_.back();
  scratch_.free_.pop_back();
}

ScratchMemory::Part::~Part() {
  const std::lock_guard lock(scratch_.mutex_);
  scratch_.free_.push_back(index_);
}

}  // namespace nce
