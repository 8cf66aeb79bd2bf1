#pragma once
#include <cstdint>

// The transforms of Winograd's F(4x4, 3x3) (Lavin and Gray, 2016, "Fast Algorithms for Convolutional Neural
// Networks"), one tile or run of weights at a time, with channels in vectors. `to` and `from` have 36 planes,
// `plane` elements apart. The points of interpolation are 0, +-sqrt(1/2), +-sqrt(2) and infinity: the usual 0, +-1,
// +-2 lose two and a half times as many digits. Assumes channels side by side, of any number and alignment. One
// thread each. Floor, the arithmetic: 4 to 9 operations an element of the activations.
namespace nce::kernels {

/// planes = B^T d B of the 6 x 6 patch d whose pixels, rows first, have their channels at the 36 `pixels`.
template <class T>
void winograd_input(const T* const* pixels, int64_t channels, T* to, int64_t plane);

/// planes = A g A^T of the 4 x 4 patch g at the 16 `pixels`. Channels stand in panels: c at c / panel * panel_step +
/// c % panel, `panel` being a multiple of the vector length.
template <class T>
void winograd_gradient(const T* const* pixels, int64_t channels, T* to, int64_t plane, int64_t panel,
                       int64_t panel_step);

/// The first `rows` x `columns` of the 4 x 4 results A^T m A, plus bias where it is not null: (y, x) at
/// to + y * row + x * channels. `stream`: they are written past the caches; channels must then be whole vectors.
template <class T>
void winograd_output(const T* from, int64_t plane, int64_t channels, const T* bias, T* to, int64_t row,
                     int64_t rows, int64_t columns, bool stream);

/// planes = G g G^T of n weights: tap t of weight i at taps[t * step + i].
template <class T>
void winograd_weights(const T* taps, int64_t step, int64_t n, T* to, int64_t plane);

/// The nine taps G^T m G of n weights, from their planes: tap t of weight i at to[t * step + i].
template <class T>
void winograd_taps(const T* from, int64_t plane, int64_t n, T* to, int64_t step);

}  // namespace nce::kernels
