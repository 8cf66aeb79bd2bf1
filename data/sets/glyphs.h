#pragma once
#include "nce/data/dataset.h"

namespace nce::data {

struct GlyphOptions {
  /// Number of images; 0 stands for 10,000 in the training split and 2,000 in the test split.
  int64_t count = 0;
  uint64_t seed = 1;
  /// Scales everything that varies between two drawings of one digit (place, size, slant, rotation, warp, width,
  /// contrast) and the noise: 0 gives one clean drawing a style, 1 is the data set, 0 .. 1.5 are allowed.
  double difficulty = 1;
};

/// The built-in data set: digits 0 .. 9 drawn from strokes, 28 x 28 x 1 bytes, light on dark, in several styles a
/// digit (open and closed 4, 7 with and without a bar, ...), each at random place, size, slant, rotation, width,
/// warp and contrast, under noise. Image i has label i % 10.
///
/// No file is read. Image i is a function of (seed, split, i), made of sums, products, quotients and square roots
/// alone, so that it has the same bytes on every x86-64 machine; the two splits never share a drawing.
Dataset glyphs(Split split, const GlyphOptions& options = {});

}  // namespace nce::data
