#pragma once
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace nce {

/// The sizes of a tensor's dimensions, outermost first. Empty for a scalar. Up to eight integers, stored inline, so a
/// shape never allocates.
class Shape {
 public:
  static constexpr int kMax = 8;

  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes) : Shape(std::span<const int64_t>(sizes.begin(), sizes.size())) {}
  explicit Shape(std::span<const int64_t> sizes);
  /// `value`, `count` times.
  static Shape filled(int count, int64_t value);

  int size() const { return count_; }
  bool empty() const { return count_ == 0; }
  int64_t operator[](int i) const { return values_[size_t(i)]; }
  int64_t& operator[](int i) { return values_[size_t(i)]; }
  int64_t back() const { return values_[size_t(count_ - 1)]; }
  const int64_t* begin() const { return values_.data(); }
  const int64_t* end() const { return values_.data() + count_; }
  void push_back(int64_t value);
  void insert(int at, int64_t value);
  void erase(int at);

  bool operator==(const Shape& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

 private:
  std::array<int64_t, kMax> values_{};
  int count_ = 0;
};

/// The distance between neighbours along each dimension, in elements. 0 for a broadcast dimension.
using Strides = Shape;

/// The number of elements: the product of the sizes, 1 for a scalar. Errors: a negative size; a product of the sizes
/// above 0 that is larger than 2^60, because 64 bits must also count bytes and strides.
int64_t element_count(const Shape& shape);

/// Row-major strides of a dense tensor.
Strides contiguous_strides(const Shape& shape);

/// The shape that two operands broadcast to, by NumPy's rules. If there is none, an error that names `op` and both shapes.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

/// `dim` counted from the start; negative ones count from the end. Out of range: an error with `op`.
int normalize_dim(const char* op, int dim, int rank);

/// "(256, 128)"
std::string to_string(const Shape& shape);

}  // namespace nce

template <>
struct fmt::formatter<nce::Shape> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  format_context::iterator format(const nce::Shape& shape, format_context& context) const;
};
