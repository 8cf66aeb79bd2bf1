#pragma once
#include <cstdint>

// Between the bytes of a data set and the floats of a batch. In the middle an image is planes of columns: value
// (y, x) of channel c at (c * width + x) * height + y. The bytes' rows are blended where they lie, four at a time
// and turned in registers, and then so are the columns; the last turn, which makes rows of columns again,
// interleaves the channels in the same stroke. Nowhere is a pixel gathered, and all but the output stays in the
// first-level cache.
//
// Floor, for 32 x 32 x 3: 4 multiply-adds a value and pass, 1536 of 16 lanes, and as many stores of 4 lanes in the two
// turns. Enlarging runs at half of it, 4700 cycles for a whole image; the turn to pixels, 1400 cycles in cache, waits
// for the memory it writes. Assumes rows of at least a vector; shorter ones go value by value. One thread each.
namespace nce::kernels {

/// Pixels of bytes, channels side by side, rows `row_bytes` apart.
struct ByteBox {
  const uint8_t* data;
  int64_t row_bytes;
  int height, width, channels;
};

/// Floats that `resize_bicubic` needs to work in, best from the start of a cache line.
int64_t resize_scratch(const ByteBox& box, int height, int width);

/// The box enlarged to height x width planes of columns, by bicubic interpolation (a = -0.5; taps beyond the box
/// dropped, the others made to sum to one), in units of 0 .. 1 and clamped to them. The box is at most as large.
void resize_bicubic(const ByteBox& box, int height, int width, float* columns, float* scratch);

/// Planes of columns to pixels, (height, width, channels): out = scale[c] x + shift[c], left to right or mirrored.
void columns_to_pixels(const float* columns, int height, int width, int channels, bool mirrored, const float* scale,
                       const float* shift, float* out);

}  // namespace nce::kernels
