#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace nce {

/// Bytes of tensor storage in use now, before rounding up. For leak tests and reports.
int64_t live_bytes();
/// The largest `live_bytes()` since the last `reset_peak_bytes()`.
int64_t peak_bytes();
void reset_peak_bytes();
/// Bytes that the pool has taken from the system since the start. Constant while training repeats its shapes.
int64_t system_bytes();
/// Gives the pool's free blocks back to the system.
void release_free_memory();

/// True for a result too large for the caches (16 MiB or more). Kernels then use non-temporal stores, which spare
/// the read of what they overwrite.
constexpr bool beyond_caches(int64_t bytes) { return bytes >= int64_t{16} << 20; }

/// A block of uninitialised memory from the pool, aligned to 64 bytes; null for 0 bytes. The destructor returns it. The
/// pool keeps freed blocks by size, because training asks for the same sizes at every step. Where the system has no more
/// memory, the pool gives its free blocks back and asks again; then it is an error.
class MemoryBlock {
 public:
  MemoryBlock() = default;
  explicit MemoryBlock(size_t bytes);
  MemoryBlock(MemoryBlock&& other) noexcept;
  MemoryBlock& operator=(MemoryBlock&& other) noexcept;
  ~MemoryBlock();

  void* data() const { return data_; }
  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }
  size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

/// Scratch memory for one `parallel_for`, one part per thread. Allocated up front, so peak memory does not depend
/// on scheduling.
class ScratchMemory {
 public:
  /// `bytes` for each piece. `pieces` is their number in all.
  ScratchMemory(int64_t pieces, size_t bytes);

  /// One part, for one piece alone, until the end of the scope.
  class Part {
   public:
    explicit Part(ScratchMemory& scratch);
    ~Part();
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    template <class T>
    T* as() const {
      return reinterpret_cast<T*>(static_cast<char*>(scratch_.block_.data()) + size_t(index_) * scratch_.bytes_);
    }

   private:
    ScratchMemory& scratch_;
    int index_;
  };

 private:
  size_t bytes_;
  MemoryBlock block_;
  std::mutex mutex_;
  std::vector<int> free_;
};

namespace detail {
/// The memory of a tensor's elements. Views share it.
struct Storage {
  explicit Storage(size_t bytes) : block(bytes) {}
  MemoryBlock block;
  /// Counts in-place changes. A backward pass then sees that a saved value has changed.
  std::atomic<uint32_t> version{0};
};
}  // namespace detail

}  // namespace nce
