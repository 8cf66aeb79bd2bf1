#pragma once
#include <cstdint>

namespace nce::kernels {

/// The steps for a row of x (channels): y = scale x + shift, then + skip if there is one, then ReLU.
template <class T>
struct Activation {
  int64_t channels;
  const T *scale, *shift;
  bool relu;
  bool stream = false;  ///< Write results around the caches, if channels are whole vectors.
};

/// dx = a g + b x + d, by channel.
template <class T>
struct Slopes {
  const T *a, *b, *d;
};

/// Batch normalisation of dense x (rows, channels), or of one image (height, width, channels). T is float or
/// double. Any number and alignment of channels: a loop over single elements does the rest after the last whole vector.
/// NaNs pass. One thread each.
///
/// Memory limits the speed. So addition, ReLU and 2x2 max pooling are done in the same pass. The backward pass needs no
/// stored mask: it computes the signs and the places of the maxima again from x. Forward, x is read twice and the
/// result written. Backward, x and the gradient are read twice, and dx is written. The kernels take a tenth more time
/// than that needs; with pooling, where rows of windows are short, half as much again.
template <class T>
struct BatchNorm {
  /// first += sum(x - shift) and second += sum((x - shift)^2), over rows. 32 rows at a time are summed in T.
  void (*moments)(const T* x, int64_t rows, int64_t channels, const T* shift, double* first, double* second);
  /// out = y, or relu(y), or relu(y + skip) if skip is not null.
  void (*activate)(const Activation<T>& activation, const T* x, const T* skip, int64_t rows, T* out);
  /// first += sum(g) and second += sum(g (x - mean)). g is grad where ReLU let x pass, else 0. `out` shows where; if it
  /// is null, x does.
  void (*gradient_sums)(const Activation<T>& activation, const T* x, const T* out, const T* grad, int64_t rows,
                        const T* mean, double* first, double* second);
  /// dx = a g + b x + d and dskip = g, each unless it is null.
  void (*input_gradient)(const Activation<T>& activation, const Slopes<T>& slopes, const T* x, const T* out,
                         const T* grad, int64_t rows, T* dx, T* dskip);

  /// The same for one image, with 2x2 max pooling after ReLU: out (height / 2, width / 2, channels). The last row
  /// and column of an odd size are in no window. If elements are equal, the first gets the gradient.
  void (*activate_pooled)(const Activation<T>& activation, const T* x, int64_t height, int64_t width, T* out);
  void (*gradient_sums_pooled)(const Activation<T>& activation, const T* x, const T* grad, int64_t height,
                               int64_t width, const T* mean, double* first, double* second);
  void (*input_gradient_pooled)(const Activation<T>& activation, const Slopes<T>& slopes, const T* x, const T* grad,
                                int64_t height, int64_t width, T* dx);
};

/// The kernels for this CPU's instructions (core/instructions.h).
template <class T>
const BatchNorm<T>& batch_norm();

}  // namespace nce::kernels
