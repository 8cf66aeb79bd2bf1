#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nce::data {

enum class Split { train, test };

/// Labelled images in memory, as the bytes of the files. Its facts are here, so that nothing asks for its name.
struct Dataset {
  std::string name;
  int height = 0, width = 0, channels = 0, classes = 0;
  std::vector<uint8_t> images;  ///< (N, height, width, channels)
  std::vector<int> labels;      ///< (N), each 0 .. classes - 1
  std::string missing = {};     ///< Files that the full set has and this one lacks: "a, b". Mostly empty.
  std::string source = {};      ///< The file or folder that the images are from, for errors. Empty: none.
  /// Whether a mirrored image has the same meaning. Photographs do; digits and letters do not.
  bool may_mirror = true;
  /// Smallest share of an image's area that still shows what it is. 0.08 is SimCLR's for photographs.
  double smallest_crop = 0.08;

  int64_t size() const { return int64_t(labels.size()); }
  int64_t image_bytes() const { return int64_t(height) * width * channels; }
  std::span<const uint8_t> image(int64_t i) const {
    return std::span(images).subspan(size_t(i * image_bytes()), size_t(image_bytes()));
  }
};

/// Refuses a set that is not whole: no image, another number of bytes than the labels ask for, a label that is outside
/// 0 .. classes - 1.
void validate(const Dataset& data);
/// Refuses a training and a test set that do not belong together: other sizes, channels or classes. Both are named.
void validate_pair(const Dataset& train, const Dataset& test);

/// The facts of digits and letters: a mirrored one, or a small part of one, is another one or none.
inline Dataset of_digits(Dataset data) {
  data.may_mirror = false, data.smallest_crop = 0.4;
  return data;
}

}  // namespace nce::data
