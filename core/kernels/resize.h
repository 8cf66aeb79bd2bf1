#pragma once
#include <cstdint>

// From the bytes of a data set (height, width, channels) to the floats of a batch. In between, an image is stored
// column by column (channels, width, height): value (y, x) of channel c is at (c * width + x) * height + y.
//
// First, four rows of bytes at a time are blended and transposed in registers. Then the columns are blended. Another
// transpose makes rows again and puts the channels of a pixel side by side. All memory is read in order, and all but
// the output stays in L1.
//
// For 32 x 32 x 3 this needs 4 multiply-adds for each value and pass, 1536 of 16 lanes, and as many stores of 4 lanes in
// the two transposes. Enlarging takes twice as long as that: 4700 cycles for an image. The transpose to pixels takes 1400
// cycles in the cache, and else waits for the memory. Rows shorter than a vector go value by value. One thread each.
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
/// Taps outside the box are left out, and the others scaled so that their sum is 1. Values are clamped to 0 .. 1. The
/// box must not be larger than the result.
void resize_bicubic(const ByteBox& box, int height, int width, float* columns, float* scratch);

/// Planes of columns to pixels out (height, width, channels): out = scale[c] x + shift[c]. `mirrored` flips left
/// and right.
void columns_to_pixels(const float* columns, int height, int width, int channels, bool mirrored, const float* scale,
                       const float* shift, float* out);

}  // namespace nce::kernels
