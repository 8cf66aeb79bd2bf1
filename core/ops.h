#pragma once
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"

/// All operations on dense tensors. (Products with sparse matrices, segments and embeddings are in core/sparse.h,
/// attention is in core/attention.h.) The value and the derivatives of an operation stand together, in
/// core/ops/<family>.cpp. Two operands broadcast by NumPy's rules; different dtypes are an error.
///
/// A NaN is never lost, as in PyTorch. Results that are computed from it are NaN, and operations that choose (max,
/// maximum, relu, clamp, max_pool2d, ...) choose it. Of equal elements the first is chosen. A comparison with a NaN is 0.
///
/// Tensors may have no elements. Then sum and norm are 0, logsumexp is -inf, mean and cross_entropy are NaN, prod is 1;
/// max, min, argmax, var and stddev are errors.
namespace nce {

/// The dimensions that a reduction removes: `{0, 2}`, `-1`, or nothing for all.
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
/// a^b. The derivative by b needs a > 0; for a = 0 it is 0, as in PyTorch.
Tensor pow(const Tensor& a, const Tensor& b);
Tensor pow(const Tensor& a, double exponent);
/// If both are equal, each operand gets half of the gradient.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, const Tensor& b);
/// Comparisons give 1 or 0, in the dtype of the operands. They have no derivative.
Tensor eq(const Tensor& a, const Tensor& b);
Tensor ne(const Tensor& a, const Tensor& b);
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

namespace detail {
/// a = result, for `a op= b`. Errors: the shape of `a` would change; `a` is a leaf that requires grad, and recording is on.
Tensor& assign(const char* op, Tensor& a, const Tensor& result);
}  // namespace detail
/// `a op= b` gives the handle `a` a new value, `a op b`. Other handles keep the old value. An error if the shape would
/// change. For a parameter (a leaf that requires grad) it is an error, as in PyTorch, except under `NoGrad`: then its
/// elements change in place, for all its handles.
inline Tensor& operator+=(Tensor& a, const Tensor& b) { return detail::assign("+=", a, a + b); }
inline Tensor& operator-=(Tensor& a, const Tensor& b) { return detail::assign("-=", a, a - b); }
inline Tensor& operator*=(Tensor& a, const Tensor& b) { return detail::assign("*=", a, a * b); }
inline Tensor& operator/=(Tensor& a, const Tensor& b) { return detail::assign("/=", a, a / b); }
inline Tensor& operator+=(Tensor& a, double b) { return detail::assign("+=", a, a + b); }
inline Tensor& operator-=(Tensor& a, double b) { return detail::assign("-=", a, a - b); }
inline Tensor& operator*=(Tensor& a, double b) { return detail::assign("*=", a, a * b); }
inline Tensor& operator/=(Tensor& a, double b) { return detail::assign("/=", a, a / b); }

/// A scalar with the dtype of `like`.
inline Tensor scalar_like(double value, const Tensor& like) { return Tensor::scalar(value, like.dtype()); }
inline Tensor maximum(const Tensor& a, double b) { return maximum(a, scalar_like(b, a)); }
inline Tensor maximum(double a, const Tensor& b) { return maximum(scalar_like(a, b), b); }
inline Tensor minimum(const Tensor& a, double b) { return minimum(a, scalar_like(b, a)); }
inline Tensor minimum(double a, const Tensor& b) { return minimum(scalar_like(a, b), b); }
#define NCE_COMPARISON(name, symbol)                                                     \
  inline Tensor name(const Tensor& a, double b) { return name(a, scalar_like(b, a)); }   \
  inline Tensor name(double a, const Tensor& b) { return name(scalar_like(a, b), b); }   \
  inline Tensor operator symbol(const Tensor& a, const Tensor& b) { return name(a, b); } \
  inline Tensor operator symbol(const Tensor& a, double b) { return name(a, b); }        \
  inline Tensor operator symbol(double a, const Tensor& b) { return name(a, b); }
NCE_COMPARISON(eq, ==)
NCE_COMPARISON(ne, !=)
NCE_COMPARISON(lt, <)
NCE_COMPARISON(le, <=)
NCE_COMPARISON(gt, >)
NCE_COMPARISON(ge, >=)
#undef NCE_COMPARISON

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
/// x Phi(x), where Phi is the normal distribution function. The exact form, not the tanh approximation.
Tensor gelu(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor tanh(const Tensor& x);
/// log(1 + exp(x)). Stable for large |x|.
Tensor softplus(const Tensor& x);
/// x where x > 0, otherwise negative_slope x.
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
/// x where x > 0, otherwise alpha (exp(x) - 1).
Tensor elu(const Tensor& x, double alpha = 1);
/// x sigmoid(x), also called swish.
Tensor silu(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
/// The gradient passes where low <= x <= high, and is 0 elsewhere.
Tensor clamp(const Tensor& x, double low, double high);

// ---- reductions: core/ops/sum.cpp, core/ops/extreme.cpp, core/ops/rows.cpp (logsumexp)
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// sum (x - mean)^2 / (n - correction). Default correction: 1, the unbiased estimate, as in PyTorch.
Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdim = false, int correction = 1);
/// The square root of `var`: PyTorch's std. If it is 0, so is its derivative.
Tensor stddev(const Tensor& x, const Axes& axes = {}, bool keepdim = false, int correction = 1);
/// The largest element. Equal elements share the gradient (PyTorch's amax).
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// log(sum(exp(x))), shifted by the maximum.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The Euclidean norm. Derivative 0 at 0.
Tensor norm(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The product. The derivative by an element is the product of the others, also if some are 0.
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The index of the largest element along `dim`: the first of equal elements, and the first NaN if there is one.
/// Row-major over the other dimensions.
std::vector<int> argmax(const Tensor& x, int dim = -1);

// ---- along one dimension: core/ops/along.cpp
/// Element i is the sum of elements 0 .. i along `dim`.
Tensor cumsum(const Tensor& x, int dim = -1);
/// `values`: x, sorted along a dimension. `indices`: where each element was before, row-major in the shape of `values`.
struct Ordered {
  Tensor values;
  std::vector<int> indices;
};
/// Equal elements keep their order. A NaN counts as the largest, as in PyTorch.
Ordered sort(const Tensor& x, int dim = -1, bool descending = false);
/// The k largest (or smallest) elements along `dim`, in order: those that `sort` puts first.
Ordered topk(const Tensor& x, int64_t k, int dim = -1, bool largest = true);

// ---- products: core/ops/matmul.cpp, linear.cpp
/// (..., M, K) x (..., K, N) -> (..., M, N). Leading dimensions broadcast. Transposed views are not copied: BLAS has a
/// flag for them.
Tensor matmul(const Tensor& a, const Tensor& b);
/// x (..., in), weight (out, in), bias (out) or undefined -> x weight^T + bias (..., out).
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});
/// relu(linear(...)), fused.
Tensor linear_relu(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

// ---- views, sharing storage: core/ops/view.cpp
/// One size may be -1: it is computed from the others, which must not be 0 then. Copies only if strides do not allow a view.
Tensor reshape(const Tensor& x, const Shape& shape);
/// Dimension i of the result is dimension order[i] of x.
Tensor permute(const Tensor& x, const std::vector<int>& order);
Tensor transpose(const Tensor& x, int dim0, int dim1);
/// Transposes a matrix, or each matrix of a batch.
Tensor t(const Tensor& x);
/// Elements begin, begin + step, ... below `end`, along `dim`. Negative positions count from the end. step >= 1.
Tensor slice(const Tensor& x, int dim, int64_t begin, int64_t end, int64_t step = 1);
/// Equal parts along `dim`: (chunks N, ...) -> `chunks` tensors (N, ...). The views of a batch are stored like this.
/// All gradients are written into one tensor, which is cheaper than slices.
std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int dim = 0);
/// Parts of `size` along `dim`, of which the last may be smaller; or parts of the given sizes, whose sum is the dimension.
std::vector<Tensor> split(const Tensor& x, int64_t size, int dim = 0);
std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& sizes, int dim = 0);
/// The first and the second half of the rows: `chunk(x, 2)`.
std::pair<Tensor, Tensor> halves(const Tensor& x);
/// x[index] along `dim`. The dimension is removed.
Tensor select(const Tensor& x, int dim, int64_t index);
Tensor squeeze(const Tensor& x, int dim);
Tensor unsqueeze(const Tensor& x, int dim);
Tensor broadcast_to(const Tensor& x, const Shape& shape);
/// Sums x over the dimensions that broadcasting from `shape` to the shape of x repeats. This is the derivative of
/// `broadcast_to`.
Tensor sum_to(const Tensor& x, const Shape& shape);
/// The main diagonal of dimensions dim1 and dim2, as a new last dimension.
Tensor diagonal(const Tensor& x, int dim1 = 0, int dim2 = 1);

// ---- selection and joining: core/ops/index.cpp
/// Reverses the order along each of `dims`. A copy, because strides are never negative.
Tensor flip(const Tensor& x, const std::vector<int>& dims);
Tensor concatenate(const std::vector<Tensor>& xs, int dim = 0);
Tensor stack(const std::vector<Tensor>& xs, int dim = 0);
/// Rows `index` of dimension `dim`. They may repeat.
Tensor index_select(const Tensor& x, int dim, std::span<const int> index);
inline Tensor index_select(const Tensor& x, int dim, std::initializer_list<int> index) {
  return index_select(x, dim, std::span(index.begin(), index.size()));
}
/// For dim = 1: out[i][j] = x[i][index[i][j]], and so on (PyTorch's gather). `index` has `index_shape`, row-major.
Tensor gather(const Tensor& x, int dim, std::span<const int> index, const Shape& index_shape);
/// a where mask is not 0, otherwise b. All three broadcast. The mask has no derivative.
Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b);
inline Tensor where(const Tensor& mask, const Tensor& a, double b) { return where(mask, a, scalar_like(b, a)); }
inline Tensor where(const Tensor& mask, double a, const Tensor& b) { return where(mask, scalar_like(a, b), b); }
/// `value` where mask is not 0, otherwise x.
Tensor masked_fill(const Tensor& x, const Tensor& mask, double value);
/// Matrices with zeros above (tril) or below (triu) a diagonal: 0 is the main one, 1 the next above it.
Tensor tril(const Tensor& x, int64_t diagonal = 0);
Tensor triu(const Tensor& x, int64_t diagonal = 0);
/// N labels in 0 .. classes - 1 -> (N, classes): 1 at each row's label, otherwise 0.
Tensor one_hot(std::span<const int> labels, int64_t classes, DType dtype = DType::f32);
inline Tensor one_hot(std::initializer_list<int> labels, int64_t classes, DType dtype = DType::f32) {
  return one_hot(std::span(labels.begin(), labels.size()), classes, dtype);
}

// ---- rows: core/ops/rows.cpp
/// exp(x) / sum(exp(x)) along `dim`, shifted by the maximum. If all elements of a row are -inf, it is NaN, as in PyTorch.
Tensor softmax(const Tensor& x, int dim = -1);
/// Softmax over the elements where mask is not 0. The others are 0, whatever x is there. If the mask of a row is 0, the row
/// and its gradient are 0. mask broadcasts to x, and has no derivative. For attention and for lists of different lengths.
Tensor masked_softmax(const Tensor& x, const Tensor& mask, int dim = -1);
Tensor log_softmax(const Tensor& x, int dim = -1);
/// x / max(|x|, eps), where |x| is the Euclidean norm along `dim`.
Tensor normalize(const Tensor& x, int dim = -1, double eps = 1e-12);

struct CrossEntropyOptions {
  double label_smoothing = 0;
};
/// logits (N, C), N labels in 0 .. C-1 -> the mean over rows of -log softmax(logits)[label].
Tensor cross_entropy(const Tensor& logits, std::span<const int> labels, const CrossEntropyOptions& options = {});

// ---- losses of each element, for two tensors of one shape: core/ops/loss.cpp
/// The result: the mean or the sum of the losses of all elements, or these losses themselves.
enum class Reduction { mean, sum, none };
/// (input - target)^2.
Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);
/// |input - target|.
Tensor l1_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);
/// -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)), for logits x and targets t in 0 .. 1. Keeps its digits for large
/// |x|.
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        Reduction reduction = Reduction::mean);

// ---- normalisation: core/ops/norm.cpp
struct BatchNormOptions {
  bool training = true;
  double momentum = 0.1;  ///< running = (1 - momentum) running + momentum batch
  double eps = 1e-5;
};
/// (x - mean) / sqrt(var + eps) * weight + bias, for x (N, ..., C) and parameters (C). weight and bias may be
/// undefined: 1 and 0. Training takes mean and biased variance from the batch. It updates the running statistics in
/// place, with the unbiased variance, as PyTorch does. Evaluation uses the running statistics.
Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& running_mean,
                  Tensor& running_var, const BatchNormOptions& options = {});
/// relu(batch_norm(x)), relu(batch_norm(x) + added) and max_pool2d(relu(batch_norm(x))) with 2x2 windows. Fused, because
/// memory limits their speed: after the statistics, each direction goes over x once. `added` has the shape of x.
Tensor batch_norm_relu(const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& running_mean,
                       Tensor& running_var, const BatchNormOptions& options = {});
Tensor batch_norm_add_relu(const Tensor& x, const Tensor& added, const Tensor& weight, const Tensor& bias,
                           Tensor& running_mean, Tensor& running_var, const BatchNormOptions& options = {});
Tensor batch_norm_relu_max_pool2d(const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& running_mean,
                                  Tensor& running_var, const BatchNormOptions& options = {});
/// Normalises over the last dimension. weight and bias are (C) or undefined.
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps = 1e-5);
/// For each sample of x (N, ..., C), normalises each of `groups` groups of neighbouring channels, over all places.
/// weight and bias are (C) or undefined. The same as PyTorch's. Source: Wu and He, "Group Normalization", 2018.
Tensor group_norm(const Tensor& x, int64_t groups, const Tensor& weight, const Tensor& bias, double eps = 1e-5);

// ---- core/ops/dropout.cpp
/// Sets each element to 0 with probability p, and multiplies the others by 1 / (1 - p). For element i this depends only
/// on key and i.
Tensor dropout(const Tensor& x, double p, Key key);

// ---- images, NHWC: core/ops/conv.cpp, core/ops/pool.cpp
/// A height and a width. One number means both.
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
/// x (N, H, W, C), weight (O, KH, KW, C / groups), bias (O) or undefined -> (N, H', W', O), where
/// H' = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1. KH and KW are at least 1.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const Conv2dOptions& options = {});
struct Conv1dOptions {
  int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
};
/// x (N, L, C), weight (O, K, C / groups), bias (O) or undefined -> (N, L', O): conv2d along one dimension.
Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const Conv1dOptions& options = {});

struct ConvTranspose2dOptions {
  Size2 stride = 1, padding = 0;
  Size2 output_padding = 0;  ///< More pixels below and to the right. Less than the stride, or than the dilation.
  Size2 dilation = 1;
  int64_t groups = 1;
};
/// The transpose of conv2d, which is its derivative by x. With a stride, images get larger. x (N, H, W, C), weight
/// (C, KH, KW, O / groups), bias (O) or undefined -> (N, H', W', O), where
/// H' = (H - 1) stride - 2 padding + dilation (KH - 1) + output_padding + 1.
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose2dOptions& options = {});

struct Pool2dOptions {
  Size2 kernel = 2;
  Size2 stride = 0;  ///< 0 means the size of the kernel.
  Size2 padding = 0;
};
/// If elements of a window are equal, the first gets the gradient, as in PyTorch.
Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options = {});
/// Padding counts as zeros in the mean, as in PyTorch.
Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options = {});
/// (N, H, W, C) -> (N, C): the mean over the image.
Tensor global_avg_pool2d(const Tensor& x);

}  // namespace nce
