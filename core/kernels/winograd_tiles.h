#pragma once
#include <cstdint>

// The transforms of Winograd's F(2x2, 3x3) (Lavin and Gray, 2016, "Fast Algorithms for Convolutional Neural
// Networks"), over one row of tiles, with channels in vectors. `to` and `from` have 16 planes, `plane` elements
// apart, each a row of `channels` elements a tile.
namespace nce::kernels {

/// planes = B^T d B for the 4 x 4 patches d that start at every second pixel of `strip`: 4 rows of `width` pixels.
template <class T>
void winograd_input(const T* strip, int64_t width, int64_t channels, int64_t tiles, T* to, int64_t plane);

/// planes = A g A^T for the 2 x 2 patches g of `strip`: 2 rows of `width` pixels. Tiles stand `step` elements
/// apart.
template <class T>
void winograd_gradient(const T* strip, int64_t width, int64_t channels, int64_t tiles, T* to, int64_t plane,
                       int64_t step);

/// The 2 x 2 results A^T m A of every tile, plus bias where it is not null, into `rows` (1 or 2) rows of `columns`
/// pixels.
template <class T>
void winograd_output(const T* from, int64_t plane, int64_t channels, const T* bias, T* to, int64_t rows,
                     int64_t columns);

}  // namespace nce::kernels
