#pragma once
#include <cstdint>

// Passes over dense (rows, channels) activations, of one thread. All are bound by memory, so what follows the
// normalisation (addition, ReLU, 2x2 max pooling) is done on the way, and undone on the way back from x alone:
// the maximum's place and the sign are found again rather than stored. NaNs pass through.
//
// Assumes channels side by side, of any number and alignment; those behind the last whole vector go one by one.
// Floor, the bytes: forward x is read twice and the result written, backward x and its gradient are read twice and
// dx is written; reached to within a tenth, and with pooling, whose rows of windows are short, to about two thirds.
namespace nce::kernels {

/// Adds sum(x - shift) and sum((x - shift)^2) over rows to the doubles. Rows are summed in T by 32.
template <class T>
void moments(const T* x, int64_t rows, int64_t channels, const T* shift, double* first, double* second);

/// What a row goes through: y = scale x + shift, then ReLU, after addition of `skip` where there is one.
template <class T>
struct Activation {
  int64_t channels;
  const T *scale, *shift;
  bool relu;
  bool stream = false;  // results are written past the caches, where channels are whole vectors
};

/// out = y, or relu(y), or relu(y + skip) where skip is not null.
template <class T>
void activate(const Activation<T>& with, const T* x, const T* skip, int64_t rows, T* out);

/// Adds sum(g) and sum(g (x - mean)) to the doubles, g being `grad` where the ReLU let x pass: found from x, or
/// from `out` where that is not null.
template <class T>
void gradient_sums(const Activation<T>& with, const T* x, const T* out, const T* grad, int64_t rows, const T* mean,
                   double* first, double* second);

/// dx = a g + b x + d; dskip = g where it is not null.
template <class T>
struct Slopes {
  const T *a, *b, *d;
};
template <class T>
void input_gradient(const Activation<T>& with, const Slopes<T>& slopes, const T* x, const T* out, const T* grad,
                    int64_t rows, T* dx, T* dskip);

/// The same with 2x2 max pooling after the ReLU, for one image of (height, width) pixels; the last row and column
/// of an odd size belong to no window. Of equal elements the first gets the gradient.
template <class T>
void activate_pooled(const Activation<T>& with, const T* x, int64_t height, int64_t width, T* out);
template <class T>
void gradient_sums_pooled(const Activation<T>& with, const T* x, const T* grad, int64_t height, int64_t width,
                          const T* mean, double* first, double* second);
template <class T>
void input_gradient_pooled(const Activation<T>& with, const Slopes<T>& slopes, const T* x, const T* grad,
                           int64_t height, int64_t width, T* dx);

}  // namespace nce::kernels
