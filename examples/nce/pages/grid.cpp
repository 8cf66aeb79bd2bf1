#include "pages/grid.h"

#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "pages/png.h"

namespace nce::cli {
namespace {

constexpr int kGap = 4, kAfterFirst = 12;  // pixels between cells, and behind the first column
constexpr uint8_t kGrey = 128;

}  // namespace

Grid::Grid(int rows, int columns, int height, int width, int scale)
    : cell_height_(height * scale),
      cell_width_(width * scale),
      scale_(scale),
      height_(kGap + rows * (cell_height_ + kGap)),
      width_(columns * (cell_width_ + kGap) + kAfterFirst),
      pixels_(size_t(height_) * size_t(width_) * 3, kGrey) {}

void Grid::put(int row, int column, const uint8_t* pixels, int height, int width, int channels) {
  const int top = kGap + row * (cell_height_ + kGap) + (cell_height_ - height * scale_) / 2;
  const int left =
      (column > 0 ? kAfterFirst : kGap) + column * (cell_width_ + kGap) + (cell_width_ - width * scale_) / 2;
  for (int y = 0; y < height * scale_; ++y)
    for (int x = 0; x < width * scale_; ++x) {
      const uint8_t* from = pixels + ((y / scale_) * width + x / scale_) * channels;
      uint8_t* to = pixels_.data() + (size_t(top + y) * size_t(width_) + size_t(left + x)) * 3;
      for (int c = 0; c < 3; ++c) to[c] = from[channels == 3 ? c : 0];
    }
}

void Grid::save(const std::filesystem::path& path) const {
  AtomicFile file(path);
  const std::string bytes = png(pixels_, height_, width_);
  check(!bytes.empty(), "{}: {} x {} pixels cannot be written as PNG; show fewer images", path.string(), height_,
        width_);
  file.write(bytes);
  file.commit();
}

}  // namespace nce::cli
