#pragma once
#include <cstdint>

namespace nce::kernels {

/// The transforms of Winograd's F(4x4, 3x3) (Lavin and Gray, 2016, "Fast Algorithms for Convolutional Neural
/// Networks"), for one tile or one run of weights. T is float or double; vectors hold channels, of any number and
/// alignment. One thread each. Transformed values lie in 36 planes, `plane` elements apart.
///
/// The interpolation points are 0, +-sqrt(1/2), +-sqrt(2) and infinity. With the usual 0, +-1, +-2 the rounding error would
/// be two and a half times as large. Arithmetic limits the speed: 4 to 9 operations for each element of the activations.
template <class T>
struct WinogradTiles {
  /// planes = B^T d B, for a 6 x 6 patch d. The channels of pixel (y, x) are at pixels[6 y + x].
  void (*input)(const T* const* pixels, int64_t channels, T* to, int64_t plane);
  /// planes = A g A^T, for a 4 x 4 patch g, the same with pixels[4 y + x]. Channels lie in panels: c is at
  /// c / panel * panel_step + c % panel. `panel` is a multiple of the vector length.
  void (*gradient)(const T* const* pixels, int64_t channels, T* to, int64_t plane, int64_t panel,
                   int64_t panel_step);
  /// The first `rows` x `columns` of the 4 x 4 results A^T m A, plus bias unless it is null. Result (y, x) goes to
  /// to + y * row + x * channels. `stream` writes past the caches; channels must then be whole vectors.
  void (*output)(const T* from, int64_t plane, int64_t channels, const T* bias, T* to, int64_t row, int64_t rows,
                 int64_t columns, bool stream);
  /// planes = G g G^T of n weights. Tap t of weight i is at taps[t * step + i].
  void (*weights)(const T* taps, int64_t step, int64_t n, T* to, int64_t plane);
  /// The nine taps G^T m G of n weights, from planes. Tap t of weight i goes to to[t * step + i].
  void (*taps)(const T* from, int64_t plane, int64_t n, T* to, int64_t step);
};

/// The kernels for this CPU's instructions (core/instructions.h).
template <class T>
const WinogradTiles<T>& winograd_tiles();

}  // namespace nce::kernels
