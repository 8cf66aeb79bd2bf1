#pragma once
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"

/// Every operation on tensors: a function of its inputs whose value and derivatives stand together in
/// core/ops/<family>.cpp. Inputs of two-operand operations broadcast by NumPy's rules and must have one dtype.
namespace nce {

/// Which dimensions a reduction runs over: `{0, 2}`, `-1`, or nothing for all of them.
struct Axes {
  Axes() = default;
  Axes(int axis) : list{axis}, all(false) {}                          // NOLINT: implicit on purpose
  Axes(std::initializer_list<int> axes) : list(axes), all(false) {}   // NOLINT
  Axes(std::vector<int> axes) : list(std::move(axes)), all(false) {}  // NOLINT
  std::vector<int> list;
  bool all = true;
};

// ---- two operands: core/ops/binary.cpp
Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, const Tensor& b);
/// a^b. The derivative by b is defined for a > 0; for a = 0 it is 0, as in PyTorch.
Tensor pow(const Tensor& a, const Tensor& b);
Tensor pow(const Tensor& a, double exponent);
/// Where both are equal, each operand gets half of the gradient.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, const Tensor& b);
/// Comparisons give 1 or 0 in the operands' dtype and have no derivative.
Tensor eq(const Tensor& a, const Tensor& b);
Tensor lt(const Tensor& a, const Tensor& b);
Tensor le(const Tensor& a, const Tensor& b);
Tensor gt(const Tensor& a, const Tensor& b);
Tensor ge(const Tensor& a, const Tensor& b);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
/// scale * a + shift in one pass.
Tensor affine(const Tensor& a, double scale, double shift);
inline Tensor operator+(const Tensor& a, double b) { return affine(a, 1, b); }
inline Tensor operator+(double a, const Tensor& b) { return affine(b, 1, a); }
inline Tensor operator-(const Tensor& a, double b) { return affine(a, 1, -b); }
inline Tensor operator-(double a, const Tensor& b) { return affine(b, -1, a); }
inline Tensor operator*(const Tensor& a, double b) { return affine(a, b, 0); }
inline Tensor operator*(double a, const Tensor& b) { return affine(b, a, 0); }
inline Tensor operator/(const Tensor& a, double b) { return affine(a, 1 / b, 0); }
Tensor operator/(double a, const Tensor& b);
inline Tensor operator-(const Tensor& a) { return affine(a, -1, 0); }

// ---- one operand: core/ops/unary.cpp
Tensor neg(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor log1p(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor rsqrt(const Tensor& x);
Tensor square(const Tensor& x);
/// Derivative 0 at 0.
Tensor abs(const Tensor& x);
/// Derivative 0 at 0.
Tensor relu(const Tensor& x);
/// x Phi(x), Phi the normal distribution function (the exact form, not the tanh approximation).
Tensor gelu(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor tanh(const Tensor& x);
/// log(1 + exp(x)), stable for large |x|.
Tensor softplus(const Tensor& x);
/// The gradient passes where low <= x <= high.
Tensor clamp(const Tensor& x, double low, double high);

// ---- reductions: core/ops/sum.cpp, core/ops/extreme.cpp, core/ops/rows.cpp (logsumexp)
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// sum (x - mean)^2 / (n - correction); correction 1 is the unbiased estimate, PyTorch's default.
Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdim = false, int correction = 1);
/// Largest element; equal ones share the gradient evenly (PyTorch's amax).
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// log sum exp, shifted by the maximum.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// Euclidean norm; derivative 0 at 0.
Tensor norm(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// Index of the largest element along `dim` (the first of equal ones), row-major over the other dimensions.
std::vector<int> argmax(const Tensor& x, int dim = -1);

// ---- products: core/ops/matmul.cpp
/// (..., M, K) x (..., K, N) -> (..., M, N); leading dimensions broadcast. Transposed views go to BLAS as flags.
Tensor matmul(const Tensor& a, const Tensor& b);
/// x W^T + b for x (..., in), weight (out, in), bias (out) or undefined: the layer `Linear` in one pass.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

// ---- views, sharing storage: core/ops/view.cpp
/// One size may be -1: what is left. A copy only where the strides do not allow a view.
Tensor reshape(const Tensor& x, const Shape& shape);
/// Dimension i of the result is dimension order[i] of x.
Tensor permute(const Tensor& x, const std::vector<int>& order);
Tensor transpose(const Tensor& x, int dim0, int dim1);
/// A matrix, or a batch of them, transposed.
Tensor t(const Tensor& x);
/// Elements begin, begin + step, ... below end along `dim`; negative positions count from the end; step >= 1.
Tensor slice(const Tensor& x, int dim, int64_t begin, int64_t end, int64_t step = 1);
/// The first half of the rows and the second: (2N, ...) -> two of (N, ...). A batch holds its two views so. The
/// gradients of both are written into one tensor, which is cheaper than two slices.
std::pair<Tensor, Tensor> halves(const Tensor& x);
/// x[index] along `dim`, which disappears.
Tensor select(const Tensor& x, int dim, int64_t index);
Tensor squeeze(const Tensor& x, int dim);
Tensor unsqueeze(const Tensor& x, int dim);
Tensor broadcast_to(const Tensor& x, const Shape& shape);
/// Sums over what broadcasting to x's shape would have repeated: the derivative of `broadcast_to`.
Tensor sum_to(const Tensor& x, const Shape& shape);
/// The main diagonal of dimensions dim1 and dim2, as a new last dimension.
Tensor diagonal(const Tensor& x, int dim1 = 0, int dim2 = 1);

// ---- selection and joining: core/ops/index.cpp
/// Reverses the order along each of `dims` (a copy: strides are never negative).
Tensor flip(const Tensor& x, const std::vector<int>& dims);
Tensor concatenate(const std::vector<Tensor>& xs, int dim = 0);
Tensor stack(const std::vector<Tensor>& xs, int dim = 0);
/// Rows `index` of dimension `dim`, which may repeat.
Tensor index_select(const Tensor& x, int dim, std::span<const int> index);
/// out[i][j] = x[i][index[i][j]] for dim = 1, and so on (PyTorch's gather); `index` is row-major of `index_shape`.
Tensor gather(const Tensor& x, int dim, std::span<const int> index, const Shape& index_shape);
/// a where mask is not 0, b elsewhere; the three broadcast. The mask has no derivative.
Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b);
/// `value` where mask is not 0, x elsewhere.
Tensor masked_fill(const Tensor& x, const Tensor& mask, double value);

// ---- rows: core/ops/rows.cpp
Tensor softmax(const Tensor& x, int dim = -1);
Tensor log_softmax(const Tensor& x, int dim = -1);
/// x / max(|x|, eps), |x| the Euclidean norm along `dim`.
Tensor normalize(const Tensor& x, int dim = -1, double eps = 1e-12);

struct CrossEntropyOptions {
  double label_smoothing = 0;
};
/// Mean over rows of -log softmax(logits)[label]: logits (N, C), labels N of 0 .. C-1.
Tensor cross_entropy(const Tensor& logits, std::span<const int> labels, const CrossEntropyOptions& options = {});

// ---- normalisation: core/ops/norm.cpp
struct BatchNormOptions {
  bool training = true;
  double momentum = 0.1;  ///< running = (1 - momentum) running + momentum batch
  double eps = 1e-5;
};
/// Over all dimensions but the last (NHWC images, or (N, C) rows): (x - mean) / sqrt(var + eps) * weight + bias,
/// all of shape (C). Training uses the batch's biased variance and updates the running statistics in place with the
/// unbiased one, as PyTorch does; otherwise the running statistics are used. weight and bias may be undefined (1
/// and 0).
Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& running_mean,
                  Tensor& running_var, const BatchNormOptions& options = {});
/// relu(batch_norm(x)), relu(batch_norm(x) + added) and max_pool2d(relu(batch_norm(x))) with 2x2 windows, each in
/// one pass over x each way besides that for the statistics: activations are bound by memory. `added` has x's
/// shape.
Tensor batch_norm_relu(const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& running_mean,
                       Tensor& running_var, const BatchNormOptions& options = {});
Tensor batch_norm_add_relu(const Tensor& x, const Tensor& added, const Tensor& weight, const Tensor& bias,
                           Tensor& running_mean, Tensor& running_var, const BatchNormOptions& options = {});
Tensor batch_norm_relu_max_pool2d(const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& running_mean,
                                  Tensor& running_var, const BatchNormOptions& options = {});
/// Over the last dimension; weight and bias (C) or undefined.
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps = 1e-5);

// ---- core/ops/dropout.cpp
/// Zeroes each element with probability p and scales the rest by 1 / (1 - p); element i is decided by (key, i).
Tensor dropout(const Tensor& x, double p, Key key);

// ---- images, NHWC: core/ops/conv.cpp, core/ops/pool.cpp
/// A height and a width; one number stands for both.
struct Size2 {
  Size2(int64_t both = 0) : h(both), w(both) {}  // NOLINT: implicit on purpose
  Size2(int64_t height, int64_t width) : h(height), w(width) {}
  int64_t h, w;
};
struct Conv2dOptions {
  Size2 stride = 1;
  Size2 padding = 0;
  Size2 dilation = 1;
  int64_t groups = 1;
};
/// x (N, H, W, C), weight (O, KH, KW, C / groups), bias (O) or undefined -> (N, H', W', O),
/// H' = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const Conv2dOptions& options = {});

struct Pool2dOptions {
  Size2 kernel = 2;
  Size2 stride = 0;  ///< 0: the kernel's size
  Size2 padding = 0;
};
/// Of equal elements of a window the first gets the gradient, as in PyTorch.
Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options = {});
/// Padding counts as zeros in the mean, as in PyTorch.
Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options = {});
/// (N, H, W, C) -> (N, C): the mean over the image.
Tensor global_avg_pool2d(const Tensor& x);

}  // namespace nce
