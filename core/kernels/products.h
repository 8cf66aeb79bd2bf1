#pragma once
#include <cstdint>

namespace nce::kernels {

/// A run of elements of a patch. `offset` counts from the start of the patch.
struct Run {
  int64_t offset, length;
};

/// A matrix (rows, width) in panels of columns: (p, o) is at o / panel * panel_step + p * step + o % panel, where
/// panel is Products::panel_width(). step = panel is read fastest.
template <class T>
struct Columns {
  const T* data;
  int64_t step, panel_step;
};

/// The two products of convolution, where the left matrix is made of patches. A patch is what one output pixel sees
/// of an image. It is read in place, as runs of elements, and never copied. Images must have their border of zeros
/// in place, so that no patch reaches outside. T is float or double. One thread each.
///
/// Floor, the arithmetic. Two loads of weights or gradients and one broadcast feed 2 x 14 vector multiply-adds (2 x
/// 6 with 16 registers). Many channels reach it to within a seventh. Images of 3 channels do not: their patches are
/// too short, and their gradient by x fills few lanes.
template <class T>
struct Products {
  int64_t vector_length;  ///< In elements.
  int64_t panel_width() const { return 2 * vector_length; }
  /// Elements of weights (depth, width) once they are packed in panels.
  int64_t packed_size(int64_t depth, int64_t width) const {
    return (width + panel_width() - 1) / panel_width() * panel_width() * depth;
  }

  /// out[to[p] + o] = bias[o] + sum_k patch_p[k] weights[k][o], for `pixels` patches. Patch p starts at source +
  /// at[p]; its `depth` elements are those of `runs`, in order. packed: panels (depth, panel_width) of the weights,
  /// with zeros after column `width`. bias may be null. `stream` writes past the caches; each to[p] and the width
  /// must then be whole vectors.
  void (*inner)(const T* source, const int64_t* at, int64_t pixels, const Run* runs, int64_t run_count,
                const T* packed, int64_t depth, int64_t width, const T* bias, T* out, const int64_t* to,
                bool stream);

  /// sums[k][o] = sum_p patch_p[k] grad[p][o], for k < depth and o < width, a multiple of the vector length.
  /// Element k of patch p is at source + at[p] + taps[k]. sums (depth, width) is row-major. `add` adds to what is
  /// in it.
  void (*outer)(const T* source, const int64_t* at, int64_t pixels, const int64_t* taps, int64_t depth,
                const Columns<T>& grad, int64_t width, bool add, T* sums);
};

/// The kernels for this CPU's instructions (core/instructions.h).
template <class T>
const Products<T>& products();

}  // namespace nce::kernels
