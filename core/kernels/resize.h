#pragma once
#include <cstdint>

// From the bytes of a data set (height, width, channels) to the floats of a batch. In between, an image is planes
// of columns (channels, width, height): value (y, x) of channel c is at (c * width + x) * height + y.
//
// Four rows of bytes at a time are blended, then transposed in registers. Then the columns are blended. A last
// transpose makes rows again and interleaves the channels. No gathers; all but the output stays in L1.
//
// Floor, for 32 x 32 x 3: 4 multiply-adds per value and pass, 1536 of 16 lanes, and as many stores of 4 lanes in
// the two transposes. Enlarging runs at half of it: 4700 cycles for a whole image. The transpose to pixels takes
// 1400 cycles in cache, and waits for the memory it writes. Rows shorter than a vector go value by value. One
// thread each.
namespace nce::kernels {

/// Bytes (height, width, channels); rows are `row_bytes` apart.
struct ByteBox {
  const uint8_t* data;
  int64_t row_bytes;
  int height, width, channels;
};

/// Floats of scratch memory that `resize_bicubic` needs, best aligned to a cache line.
int64_t resize_scratch(const ByteBox& box, int height, int width);

/// Enlarges the box to planes of columns (channels, width, height), in 0 .. 1. Bicubic interpolation with a = -0.5.
/// Taps outside the box are dropped; the others are scaled to sum to one. Values are clamped to 0 .. 1. The box
/// must not be larger than the result.
void resize_bicubic(const ByteBox& box, int height, int width, float* columns, float* scratch);

/// Planes of columns to pixels out (height, width, channels): out = scale[c] x + shift[c]. `mirrored` flips left
/// and right.
void columns_to_pixels(const float* columns, int height, int width, int channels, bool mirrored, const float* scale,
                       const float* shift, float* out);

}  // namespace nce::kernels
