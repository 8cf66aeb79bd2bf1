#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace nce {

/// Bytes of tensor storage in use now, as asked for (for leak tests and reports).
int64_t live_bytes();
/// The largest value `live_bytes()` has had since the last `reset_peak_bytes()`.
int64_t peak_bytes();
void reset_peak_bytes();
/// Bytes that the pool has taken from the system since the start: constant while training repeats its shapes.
int64_t system_bytes();
/// Gives the pool's free blocks back to the system.
void release_free_memory();

/// Whether a result of `bytes` would be gone from the caches before anything reads it: it is then best written past
/// them, which spares reading what it overwrites.
constexpr bool beyond_caches(int64_t bytes) { return bytes >= int64_t{16} << 20; }

/// An uninitialised block of 64-byte-aligned memory from the pool, returned to it on destruction. The pool keeps
/// freed blocks by size, because training asks for the same sizes at every step.
class Block {
 public:
  Block() = default;
  explicit Block(size_t bytes);
  Block(Block&& other) noexcept;
  Block& operator=(Block&& other) noexcept;
  ~Block();

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

/// Memory for the pieces of one `parallel_for` to work in: a part for each thread that can be at one. It is taken
/// from the pool at once and before, so that how much is taken does not depend on how many threads happen to come.
class Scratch {
 public:
  /// `bytes` for each piece; `pieces` is how many there are in all.
  Scratch(int64_t pieces, size_t bytes);

  /// A part that no other piece has, until the end of the scope.
  class Part {
   public:
    explicit Part(Scratch& scratch);
    ~Part();
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    template <class T>
    T* as() const {
      return reinterpret_cast<T*>(static_cast<char*>(scratch_.block_.data()) + size_t(index_) * scratch_.bytes_);
    }

   private:
    Scratch& scratch_;
    int index_;
  };

 private:
  size_t bytes_;
  Block block_;
  std::mutex mutex_;
  std::vector<int> free_;
};

/// What a tensor's elements live in; several tensors (views) may share one.
struct Storage {
  explicit Storage(size_t bytes) : block(bytes) {}
  Block block;
  /// Counts in-place changes, so that a backward pass can tell that a value it saved is no longer there.
  std::atomic<uint32_t> version{0};
};

}  // namespace nce
