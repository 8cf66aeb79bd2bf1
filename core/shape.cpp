#include "nce/core/shape.h"

#include <algorithm>

#include "nce/core/error.h"

namespace nce {

Shape::Shape(std::span<const int64_t> sizes) {
  check(sizes.size() <= size_t(kMax), "a tensor has at most {} dimensions, got {}", kMax, sizes.size());
  std::copy(sizes.begin(), sizes.end(), values_.begin());
  count_ = int(sizes.size());
}

Shape Shape::filled(int count, int64_t value) {
  Shape shape;
  for (int i = 0; i < count; ++i) shape.push_back(value);
  return shape;
}

void Shape::push_back(int64_t value) { insert(count_, value); }

void Shape::insert(int at, int64_t value) {
  check(count_ < kMax, "a tensor has at most {} dimensions", kMax);
  std::copy_backward(values_.begin() + at, values_.begin() + count_, values_.begin() + count_ + 1);
  values_[size_t(at)] = value;
  ++count_;
}

void Shape::erase(int at) {
  std::copy(values_.begin() + at + 1, values_.begin() + count_, values_.begin() + at);
  --count_;
}

int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  bool empty = false, counted = true;
  for (int64_t size : shape) {
    check(size >= 0, "shape {} has a negative size", shape);
    empty |= size == 0;
    counted &= size == 0 || !__builtin_mul_overflow(count, size, &count);
  }
  constexpr int kMost = sizeof(size_t) == 8 ? 60 : 28;  // a power of 2: bytes are counted in size_t
  check(counted && count <= int64_t{1} << kMost, "a tensor of shape {} would have more than 2^{} elements", shape,
        kMost);
  return empty ? 0 : count;
}

Strides contiguous_strides(const Shape& shape) {
  Strides strides = Shape::filled(shape.size(), 1);
  for (int i = shape.size() - 2; i >= 0; --i) strides[i] = strides[i + 1] * std::max<int64_t>(shape[i + 1], 1);
  return strides;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  const Shape &longer = a.size() >= b.size() ? a : b, &shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  const int offset = longer.size() - shorter.size();
  for (int i = 0; i < shorter.size(); ++i) {
    const int64_t x = longer[i + offset], y = shorter[i];
    check(x == y || x == 1 || y == 1, "{}: shapes {} and {} do not broadcast: dimension {} is {} and {}", op, a, b,
          i - shorter.size(), a.size() >= b.size() ? x : y, a.size() >= b.size() ? y : x);
    result[i + offset] = x == 1 ? y : x;
  }
  return result;
}

int normalize_dim(const char* op, int dim, int rank) {
  check(dim >= -rank && dim < rank, "{}: dimension {} is out of range for a tensor of {} dimensions", op, dim,
        rank);
  return dim < 0 ? dim + rank : dim;
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (int i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace nce

fmt::format_context::iterator fmt::formatter<nce::Shape>::format(const nce::Shape& shape,
                                                                 fmt::format_context& context) const {
  const std::string text = nce::to_string(shape);
  return std::copy(text.begin(), text.end(),
                   context.out());  // clang 14 does not find fmt::format_to in GCC's libfmt
}
