#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nce::data {

/// Memory to work in, kept between uses (a `thread_local` one): no transform allocates once it has grown. It starts
/// with a cache line, so that no vector of a plane lies across two.
class LineMemory {
 public:
  /// At least `count` floats, whatever they hold.
  float* floats(int64_t count) {
    const size_t lines = size_t(count + 15) / 16;
    if (lines_.size() < lines) lines_.resize(lines);
    return lines_.data()->values;
  }

 private:
  struct alignas(64) Line {
    float values[16];
  };
  std::vector<Line> lines_;
};

}  // namespace nce::data
