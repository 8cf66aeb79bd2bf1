#pragma once
#include <cstdint>

namespace nce {

/// Within its scope, tensors that this thread makes may take at most `bytes` in all; one more is an `Error` with this text.
/// For what is made as a file's header says, before it is known whether the file holds as much. Limits do not nest.
class MemoryLimit {
 public:
  MemoryLimit(int64_t bytes, const char* text);
  ~MemoryLimit();
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;
};

/// The memory of this machine, in bytes.
int64_t machine_memory();

}  // namespace nce
