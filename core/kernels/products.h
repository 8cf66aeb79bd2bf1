#pragma once
#include <cstdint>

namespace nce::kernels {

/// A run of elements of a patch. `offset`: from the start of the patch.
struct Run {
  int64_t offset, length;
};

/// A matrix (rows, width) in panels of columns. Element (p, o) is at o / panel * panel_step + p * step + o % panel,
/// with panel = Products::panel_width(). Reading is fastest if step = panel.
template <class T>
struct Columns {
  const T* data;
  int64_t step, panel_step;
};

/// The two products of convolution. The rows of the left matrix are patches: the part of an image that one output pixel
/// depends on. A patch is read in place, as runs of elements, and never copied. Images must already have their border
/// of zeros, so that no patch reaches outside. T is float or double. One thread each.
///
/// Arithmetic limits the speed. A step loads two vectors of weights (or gradients) and uses them in 2 x 14 vector
/// multiply-adds (2 x 6 with 16 registers). With many channels a product takes a seventh more time than its operations
/// need. Images of 3 channels are slower: their patches are short, and their gradient by x fills few lanes.
template <class T>
struct Products {
  int64_t vector_length;  ///< In elements.
  int64_t panel_width() const { return 2 * vector_length; }
  /// The number of elements of weights (depth, width) when they are packed in panels.
  int64_t packed_size(int64_t depth, int64_t width) const {
    return (width + panel_width() - 1) / panel_width() * panel_width() * depth;
  }

  /// out[to[p] + o] = bias[o] + sum_k patch_p[k] weights[k][o], for `pixels` patches. Patch p starts at source + at[p],
  /// and `runs` says where its `depth` elements are. packed: the weights in panels (depth, panel_width), with zeros
  /// after column `width`. bias may be null. `stream` writes around the caches; then each to[p] and the width must be
  /// multiples of the vector length.
  void (*inner)(const T* source, const int64_t* at, int64_t pixels, const Run* runs, int64_t run_count,
                const T* packed, int64_t depth, int64_t width, const T* bias, T* out, const int64_t* to,
                bool stream);

  /// sums[k][o] = sum_p patch_p[k] grad[p][o], for k < depth and o < width. The width is a multiple of the vector
  /// length. Element k of patch p is at source + at[p] + taps[k]. sums (depth, width) is row-major. With `add` the old
  /// sums stay, and these are added.
  void (*outer)(const T* source, const int64_t* at, int64_t pixels, const int64_t* taps, int64_t depth,
                const Columns<T>& grad, int64_t width, bool add, T* sums);
};

/// The kernels for this CPU's instructions (core/instructions.h).
template <class T>
const Products<T>& products();

}  // namespace nce::kernels
