#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nce::data {

enum class Split { train, test };

/// Labelled images in memory, as the bytes that the files hold.
struct Dataset {
  std::string name;
  int height = 0, width = 0, channels = 0, classes = 0;
  std::vector<uint8_t> images;  ///< N x height x width x channels
  std::vector<int> labels;      ///< 0 .. classes - 1
  std::string missing = {};     ///< Files that a whole set would have and this one lacks, "a, b"; mostly none

  int64_t size() const { return int64_t(labels.size()); }
  int64_t image_bytes() const { return int64_t(height) * width * channels; }
  std::span<const uint8_t> image(int64_t i) const {
    return std::span(images).subspan(size_t(i * image_bytes()), size_t(image_bytes()));
  }
};

}  // namespace nce::data
