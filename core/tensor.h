#pragma once
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <vector>

#include "nce/core/dtype.h"
#include "nce/core/memory.h"
#include "nce/core/random.h"
#include "nce/core/shape.h"

namespace nce {

namespace detail {
struct Node;        // core/autograd.h: how a tensor was made
struct TensorImpl;  // below
}  // namespace detail
struct RowGradient;  // core/row_gradient.h: a gradient that is 0 outside some rows

/// An array of f32 or f64 with up to eight dimensions, and its place in the graph of derivatives. A `Tensor` is a
/// handle: copies are cheap and share the array. No operation writes in place, so a tensor behaves as a value. Images
/// are NHWC, `(N, H, W, C)`.
class Tensor {
 public:
  /// No tensor at all; `defined()` is false.
  Tensor() = default;

  /// Not initialised. Errors, for all functions that make a tensor: a negative size, more than 2^60 elements, no memory left.
  static Tensor empty(const Shape& shape, DType dtype = DType::f32);
  static Tensor zeros(const Shape& shape, DType dtype = DType::f32) { return full(shape, 0, dtype); }
  static Tensor ones(const Shape& shape, DType dtype = DType::f32) { return full(shape, 1, dtype); }
  static Tensor full(const Shape& shape, double value, DType dtype = DType::f32);
  /// A tensor without dimensions.
  static Tensor scalar(double value, DType dtype = DType::f32) { return full({}, value, dtype); }
  /// A copy of `values`, row-major. An error if `shape` has another number of elements.
  static Tensor from(const std::vector<float>& values, const Shape& shape);
  static Tensor from(const std::vector<double>& values, const Shape& shape);
  static Tensor from(std::initializer_list<double> values, const Shape& shape, DType dtype = DType::f32);
  /// Whole numbers, as f32.
  static Tensor from(const std::vector<int>& values, const Shape& shape);
  /// One dimension with all values.
  template <class T>
  static Tensor from(const std::vector<T>& values) {
    return from(values, {int64_t(values.size())});
  }
  static Tensor from(std::initializer_list<double> values, DType dtype = DType::f32) {
    return from(values, {int64_t(values.size())}, dtype);
  }
  /// begin, begin + step, ... below `end` (above it if step is negative). An error if step is 0 or leads away from `end`.
  static Tensor arange(double begin, double end, double step = 1, DType dtype = DType::f32);
  /// 0, 1, ... below `end`.
  static Tensor arange(double end, DType dtype = DType::f32) { return arange(0, end, 1, dtype); }
  /// The identity matrix (n, n), or the first `columns` columns of a wider one.
  static Tensor eye(int64_t n, DType dtype = DType::f32) { return eye(n, n, dtype); }
  static Tensor eye(int64_t n, int64_t columns, DType dtype = DType::f32);
  /// Standard normal. Element i depends only on key and i. Default key: the next one of `default_generator()`.
  static Tensor randn(const Shape& shape, Key key, DType dtype = DType::f32);
  static Tensor randn(const Shape& shape, DType dtype = DType::f32);
  /// Uniform in [low, high), both rounded to `dtype`; low = high gives low. An error unless low <= high and high - low
  /// is finite.
  static Tensor uniform(const Shape& shape, double low, double high, Key key, DType dtype = DType::f32);
  static Tensor uniform(const Shape& shape, double low = 0, double high = 1, DType dtype = DType::f32);

  bool defined() const { return impl_ != nullptr; }
  const Shape& shape() const;
  const Strides& strides() const;
  DType dtype() const;
  /// Number of dimensions.
  int dim() const { return shape().size(); }
  /// Size of dimension `d`. Negative d counts from the end.
  int64_t size(int d) const;
  int64_t numel() const { return element_count(shape()); }
  bool is_contiguous() const;

  /// The first element. The others are `strides()` apart. T must match `dtype()`.
  template <class T>
  const T* data() const;
  /// The first element, for writing. Only for leaves: results of operations never change. It counts as a change: a
  /// backward pass that needs the old value is then an error.
  template <class T>
  T* mutable_data();

  /// The value of the only element.
  double item() const;
  /// All elements, row-major, converted to T.
  template <class T>
  std::vector<T> to_vector() const;

  /// x[i]: index i of the first dimension, which is removed; negative i counts from the end. A view, differentiable.
  /// Const, so that `x[i] = y` does not compile: operations never write in place.
  const Tensor operator[](int64_t i) const;

  bool requires_grad() const;
  /// Only for leaves. If on, backward passes add to `grad()`.
  Tensor& set_requires_grad(bool on);
  /// True if no recorded operation made the tensor: parameters, data, detached tensors.
  bool is_leaf() const;
  /// The gradient of a leaf, the sum over all backward passes. Undefined before the first. If only some rows of it are
  /// stored, a dense copy.
  Tensor grad() const;
  void set_grad(const Tensor& grad);
  /// The gradient of a leaf as some rows, if only `embedding` used the leaf (core/sparse.h). Otherwise null.
  const RowGradient* row_grad() const;
  /// The rows must be in growing order, and in this tensor.
  void set_row_grad(RowGradient grad);
  void zero_grad() { set_grad({}); }

  /// For a tensor of one element: adds its derivative by each leaf that it was made from to `grad()` of that leaf.
  /// Frees the graph, unless `retain_graph`.
  void backward(bool retain_graph = false) const;
  /// The same for any shape. `gradient` is the derivative of the loss by this tensor.
  void backward(const Tensor& gradient, bool retain_graph = false) const;

  /// The same elements without a history: a constant for backward passes. Shares storage.
  Tensor detach() const;
  /// A dense copy; differentiable.
  Tensor clone() const;
  /// This tensor if it is dense and row-major, otherwise a copy that is; differentiable.
  Tensor contiguous() const;
  /// Converted to `dtype`; differentiable.
  Tensor to(DType dtype) const;

  /// For the engine and for operations.
  detail::TensorImpl* impl() const { return impl_.get(); }
  explicit Tensor(std::shared_ptr<detail::TensorImpl> impl) : impl_(std::move(impl)) {}
  long use_count() const { return impl_.use_count(); }
  const std::shared_ptr<detail::TensorImpl>& shared_impl() const { return impl_; }

 private:
  std::shared_ptr<detail::TensorImpl> impl_;
};

/// What a handle points to. Views share `storage`.
struct detail::TensorImpl {
  std::shared_ptr<Storage> storage;
  int64_t offset = 0;  // in elements
  Shape shape;
  Strides strides;
  DType dtype = DType::f32;
  bool requires_grad = false;
  bool decided = false;     // set_requires_grad was called, so nn::Fields does not
  bool optimised = false;   // an optimiser moves it
  uint64_t grad_since = 0;  // number of optimiser steps on this thread when `grad` was first set
  Tensor grad;              // or
  std::shared_ptr<const RowGradient> row_grad;
  std::shared_ptr<Node> node;
  ~TensorImpl();
};

/// A view of the storage of `x` with another shape; not recorded. Errors: as for `element_count`.
Tensor make_view(const Tensor& x, const Shape& shape, const Strides& strides, int64_t offset);

/// "Tensor(2, 3) f32" and the elements, nested in brackets as NumPy prints them. Above 1000 elements, the first and
/// last three of each dimension.
std::string to_string(const Tensor& x);
std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace nce
