#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nce::data {

/// Scratch memory that a thread keeps from image to image (`thread_local`), so that transforms do not allocate. It
/// starts at a cache line, so that no vector lies in two of them.
class LineMemory {
 public:
  /// At least `count` floats, not initialised.
  float* floats(int64_t count) {
    const size_t lines = size_t(count + 15) / 16;
    if (lines_.size() < lines) lines_.resize(lines);
    return lines_.data()->values;
  }
  /// Room for the picture that an image starts from.
  std::vector<uint8_t>& picture() { return picture_; }
  /// Room for this picture at the size of its set.
  std::vector<uint8_t>& fitted() { return fitted_; }

 private:
  struct alignas(64) Line {
    float values[16];
  };
  std::vector<Line> lines_;
  std::vector<uint8_t> picture_, fitted_;
};

}  // namespace nce::data
