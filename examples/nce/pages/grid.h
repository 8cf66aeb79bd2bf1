#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

namespace nce::cli {

/// A picture of small images in rows and columns, with grey between them. The first column stands apart.
class Grid {
 public:
  /// Cells for images of at most height x width, enlarged `scale` times (each pixel a square).
  Grid(int rows, int columns, int height, int width, int scale);
  /// Puts an image, (height, width, channels) bytes of 1 or 3 channels, in the middle of a cell.
  void put(int row, int column, const uint8_t* pixels, int height, int width, int channels);
  /// Writes it as PNG. Atomic (see `AtomicFile`).
  void save(const std::filesystem::path& path) const;

 private:
  int cell_height_, cell_width_, scale_, height_, width_;
  std::vector<uint8_t> pixels_;  // (height_, width_, 3)
};

}  // namespace nce::cli
