#pragma once
#include "nce/data/dataset.h"

namespace nce::data {

struct GlyphOptions {
  /// Number of images. 0: 10,000 in the training split, 2,000 in the test split.
  int64_t count = 0;
  uint64_t seed = 1;
  /// Scales the noise, and all that differs between two drawings of a digit. 0: one clean drawing for each style; 1:
  /// the data set. 0 .. 1.5.
  double difficulty = 1;
};

/// The built-in data set: digits 0 .. 9, 28 x 28 x 1, light on dark. Image i has label i % 10. Each digit is drawn with
/// strokes, in several styles (4 open or closed, 7 with or without a bar). Place, size, slant, rotation, line width,
/// warp and contrast are random, and there is noise.
///
/// It needs no file. Image i is a function of (seed, split, i), with the same bytes on every x86-64 machine. The two
/// splits have different drawings.
InMemoryDataset glyphs(Split split, const GlyphOptions& options = {});

}  // namespace nce::data
