#pragma once
#include <cstdint>

// Convolution's two inner loops. A patch is what one output pixel sees of a (padded) image; it is read where it
// lies, as runs of consecutive elements, so that it is never copied. Assumes images with their border in place, so
// that no patch reaches outside, and weights or gradients in panels of two vectors. One thread each.
//
// Floor, the arithmetic: two loads of weights or gradients and one broadcast feed 2 x 14 vector multiply-adds (2
// x 6 where there are 16 registers). Reached to within a seventh where there are many channels; patches of an image
// of 3 channels are too short for it, and their gradient by x fills few lanes.
namespace nce::kernels {

struct Run {
  int64_t offset, length;  // in elements, from where the patch starts
};

/// Columns that packed weights come in, and rows' multiple that `patch_outer` writes.
template <class T>
int64_t panel_width();

/// Elements of `width` x `depth` weights once packed.
template <class T>
int64_t packed_size(int64_t depth, int64_t width) {
  const int64_t panel = panel_width<T>();
  return (width + panel - 1) / panel * panel * depth;
}

/// out[to[p] + o] = bias[o] + sum_k patch_p[k] weights[k][o] for `pixels` patches that start at source + at[p] and
/// whose elements k are those of `runs` in order, `depth` in all. `packed`: panels of panel_width columns, each
/// (depth, panel_width), zero-filled behind column `width`. bias may be null. `stream`: out is written past the caches; each to[p] and the width
/// must then be whole vectors.
template <class T>
void patch_product(const T* source, const int64_t* at, int64_t pixels, const Run* runs, int64_t run_count,
                   const T* packed, int64_t depth, int64_t width, const T* bias, T* out, const int64_t* to,
                   bool stream = false);

/// The columns of a matrix, in panels of panel_width: (p, o) at o / panel_width * panel_step + p * step + o %
/// panel_width. Panels that lie close (step = panel_width) are read fastest.
template <class T>
struct Columns {
  const T* data;
  int64_t step, panel_step;
};

/// sums[k][o] (+)= sum_p patch_p[k] grad[p][o] for k = 0 .. depth-1, element k of a patch standing at taps[k], and o =
/// 0 .. width-1, a multiple of the vector length. Rows of sums are `width` elements long; `add` keeps what is in them.
template <class T>
void patch_outer(const T* source, const int64_t* at, int64_t pixels, const int64_t* taps, int64_t depth,
                 const Columns<T>& grad, int64_t width, bool add, T* sums);

/// The vector length in elements.
template <class T>
int64_t vector_length();

}  // namespace nce::kernels
