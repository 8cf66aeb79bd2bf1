#include "nce/core/tensor.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/kernels/copy.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/core/row_gradient.h"

namespace nce {
namespace {

constexpr int64_t kGrain = 1 << 14;

const detail::TensorImpl& defined(const Tensor& x) {
  check(x.defined(), "an undefined tensor was used: it was default-constructed and never assigned");
  return *x.impl();
}

// Element i comes from block i / 4 of Philox. draw(words, out) makes four values from a block.
template <class T, class Draw>
Tensor fill_random(const Shape& shape, Key key, Draw draw) {
  Tensor out = Tensor::empty(shape, dtype_of<T>);
  T* data = out.mutable_data<T>();
  const int64_t n = out.numel();
  parallel_for((n + 3) / 4, kGrain / 4, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      double values[4];
      draw(philox(key.value, uint64_t(block)), values);
      for (int64_t i = 0; i < 4 && block * 4 + i < n; ++i) data[block * 4 + i] = T(values[i]);
    }
  });
  return out;
}

template <class T>
Tensor from_values(const T* values, size_t count, const Shape& shape) {
  check(int64_t(count) == element_count(shape), "from: {} values do not fill a tensor of shape {} ({} elements)",
        count, shape, element_count(shape));
  Tensor out = Tensor::empty(shape, dtype_of<T>);
  std::copy_n(values, count, out.mutable_data<T>());
  return out;
}

}  // namespace

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  auto impl = std::make_shared<detail::TensorImpl>();
  impl->storage = std::make_shared<detail::Storage>(size_t(element_count(shape)) * size_of(dtype));
  impl->shape = shape;
  impl->strides = contiguous_strides(shape);
  impl->dtype = dtype;
  return Tensor(std::move(impl));
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype) {
  Tensor out = empty(shape, dtype);
  dispatch(dtype, [&]<class T>(T) {
    T* data = out.mutable_data<T>();
    parallel_for(out.numel(), 4 * kGrain, [&](int64_t b, int64_t e) { std::fill(data + b, data + e, T(value)); });
  });
  return out;
}

Tensor Tensor::from(const std::vector<float>& values, const Shape& shape) {
  return from_values(values.data(), values.size(), shape);
}
Tensor Tensor::from(const std::vector<double>& values, const Shape& shape) {
  return from_values(values.data(), values.size(), shape);
}
Tensor Tensor::from(std::initializer_list<double> values, const Shape& shape, DType dtype) {
  return from_values(values.begin(), values.size(), shape).to(dtype);
}
Tensor Tensor::from(const std::vector<int>& values, const Shape& shape) {
  return from(std::vector<float>(values.begin(), values.end()), shape);
}

Tensor Tensor::arange(double begin, double end, double step, DType dtype) {
  const double count = std::ceil((end - begin) / step);
  check(count >= 0 && count <= 0x1p60, "arange: steps of {} do not lead from {} to {}", step, begin, end);
  Tensor out = empty({int64_t(count)}, dtype);
  dispatch(dtype, [&]<class T>(T) {
    T* data = out.mutable_data<T>();
    for (int64_t i = 0; i < out.numel(); ++i) data[i] = T(begin + double(i) * step);
  });
  return out;
}

Tensor Tensor::eye(int64_t n, int64_t columns, DType dtype) {
  Tensor out = zeros({n, columns}, dtype);
  dispatch(dtype, [&]<class T>(T) {
    for (int64_t i = 0; i < std::min(n, columns); ++i) out.mutable_data<T>()[i * columns + i] = T(1);
  });
  return out;
}

Tensor Tensor::randn(const Shape& shape, Key key, DType dtype) {
  return dispatch(dtype, [&]<class T>(T) {
    return fill_random<T>(shape, key, [](const std::array<uint32_t, 4>& words, double* out) {
      for (size_t pair = 0; pair < 2; ++pair) {  // Box-Muller
        const double u = (words[2 * pair] + 1.0) * 0x1p-32,
                     angle = 2 * std::numbers::pi * words[2 * pair + 1] * 0x1p-32;
        const double radius = std::sqrt(-2 * std::log(u));
        out[2 * pair] = radius * std::cos(angle);
        out[2 * pair + 1] = radius * std::sin(angle);
      }
    });
  });
}
Tensor Tensor::randn(const Shape& shape, DType dtype) { return randn(shape, default_generator().next(), dtype); }

Tensor Tensor::uniform(const Shape& shape, double low, double high, Key key, DType dtype) {
  check(low <= high && std::isfinite(high - low), "uniform: low {} must be at most high {}, and both finite", low,
        high);
  return dispatch(dtype, [&]<class T>(T) {
    const T last = std::nextafter(T(high), T(low));  // rounding may reach high
    return fill_random<T>(shape, key, [=](const std::array<uint32_t, 4>& words, double* out) {
      for (size_t i = 0; i < 4; ++i)
        out[i] = std::min(low + (high - low) * ((words[i] >> 8) * 0x1p-24), double(last));
    });
  });
}
Tensor Tensor::uniform(const Shape& shape, double low, double high, DType dtype) {
  return uniform(shape, low, high, default_generator().next(), dtype);
}

const Shape& Tensor::shape() const { return nce::defined(*this).shape; }
const Strides& Tensor::strides() const { return nce::defined(*this).strides; }
DType Tensor::dtype() const { return nce::defined(*this).dtype; }
int64_t Tensor::size(int d) const { return shape()[normalize_dim("size", d, dim())]; }

bool Tensor::is_contiguous() const {
  if (numel() == 0) return true;
  int64_t expected = 1;
  for (int d = dim() - 1; d >= 0; --d) {
    if (shape()[d] == 1) continue;
    if (strides()[d] != expected) return false;
    expected *= shape()[d];
  }
  return true;
}

template <class T>
const T* Tensor::data() const {
  const detail::TensorImpl& impl = nce::defined(*this);
  check(impl.dtype == dtype_of<T>, "a {} tensor was read as {}", to_string(impl.dtype), to_string(dtype_of<T>));
  return impl.storage->block.as<const T>() + impl.offset;
}

template <class T>
T* Tensor::mutable_data() {
  const T* data = std::as_const(*this).data<T>();
  check(is_leaf(), "in-place change of the result of {}: only leaves (parameters, buffers, data) may be changed",
        impl_->node ? impl_->node->name : "an operation");
  impl_->storage->version.fetch_add(1, std::memory_order_relaxed);
  return const_cast<T*>(data);
}

double Tensor::item() const {
  check(numel() == 1, "item: needs a tensor of one element, got shape {}", shape());
  return dispatch(dtype(), [&]<class T>(T) { return double(*data<T>()); });
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  NoGrad no_grad;
  const Tensor dense = to(dtype_of<T>).contiguous();
  return std::vector<T>(dense.data<T>(), dense.data<T>() + numel());
}

template const float* Tensor::data<float>() const;
template const double* Tensor::data<double>() const;
template float* Tensor::mutable_data<float>();
template double* Tensor::mutable_data<double>();
template std::vector<float> Tensor::to_vector<float>() const;
template std::vector<double> Tensor::to_vector<double>() const;

const Tensor Tensor::operator[](int64_t i) const { return select(*this, 0, i); }

bool Tensor::requires_grad() const { return nce::defined(*this).requires_grad; }
bool Tensor::is_leaf() const { return nce::defined(*this).node == nullptr; }

Tensor& Tensor::set_requires_grad(bool on) {
  const auto& node = nce::defined(*this).node;
  check(!node, "set_requires_grad: the result of {} already has its gradient decided; use detach()",
        node ? node->name : "");
  impl_->requires_grad = on, impl_->decided = true;
  return *this;
}

Tensor Tensor::grad() const {
  const detail::TensorImpl& impl = nce::defined(*this);
  return impl.row_grad ? to_dense(*impl.row_grad, impl.shape) : impl.grad;
}

void Tensor::set_grad(const Tensor& grad) {
  nce::defined(*this);
  if (grad.defined())
    check(grad.shape() == shape() && grad.dtype() == dtype(),
          "set_grad: a gradient of shape {} ({}) for a tensor of {} ({})", grad.shape(), to_string(grad.dtype()),
          shape(), to_string(dtype()));
  impl_->grad = grad;
  impl_->row_grad = nullptr;
}

const RowGradient* Tensor::row_grad() const { return nce::defined(*this).row_grad.get(); }

void Tensor::set_row_grad(RowGradient grad) {
  Shape like = shape();
  check(like.size() > 0, "set_row_grad: a tensor of shape {} has no rows", like);
  like[0] = int64_t(grad.rows.size());
  check(grad.values.shape() == like && grad.values.dtype() == dtype(),
        "set_row_grad: {} rows of shape {} ({}) for a tensor of {} ({})", grad.rows.size(), grad.values.shape(),
        to_string(grad.values.dtype()), shape(), to_string(dtype()));
  for (size_t i = 0; i < grad.rows.size(); ++i)
    check(grad.rows[i] > (i ? grad.rows[i - 1] : -1) && grad.rows[i] < shape()[0],
          "set_row_grad: row {} at position {} does not rise within 0 .. {}", grad.rows[i], i, shape()[0] - 1);
  impl_->grad = {};
  impl_->row_grad = std::make_shared<const RowGradient>(std::move(grad));
}

Tensor Tensor::detach() const { return make_view(*this, shape(), strides(), nce::defined(*this).offset); }

Tensor make_view(const Tensor& x, const Shape& shape, const Strides& strides, int64_t offset) {
  auto impl = std::make_shared<detail::TensorImpl>();
  impl->storage = defined(x).storage;
  impl->offset = element_count(shape) ? offset : 0;  // storage without elements may have no address
  impl->shape = shape;
  impl->strides = strides;
  impl->dtype = x.dtype();
  return Tensor(std::move(impl));
}

Tensor Tensor::clone() const {
  Tensor out = empty(shape(), dtype());
  dispatch(dtype(), [&]<class T>(T) { kernels::copy(data<T>(), strides(), shape(), out.mutable_data<T>()); });
  return record("clone", out, {*this}, [](const Tensor& grad) { return grad; });
}

Tensor Tensor::contiguous() const { return is_contiguous() ? *this : clone(); }

Tensor Tensor::to(DType dtype) const {
  if (dtype == this->dtype()) return *this;
  const Tensor dense = contiguous();
  Tensor out = empty(shape(), dtype);
  dispatch(this->dtype(), [&]<class From>(From) {
    dispatch(dtype, [&]<class To>(To) {
      const From* x = dense.data<From>();
      To* y = out.mutable_data<To>();
      parallel_for(numel(), kGrain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) y[i] = To(x[i]);
      });
    });
  });
  return record("to", out, {*this}, [from = this->dtype()](const Tensor& grad) { return grad.to(from); });
}

}  // namespace nce
