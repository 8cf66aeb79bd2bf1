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

/// Up to eight integers, one a dimension; kept inline, so that a shape never allocates.
class Dims {
 public:
  static constexpr int kMax = 8;

  Dims() = default;
  Dims(std::initializer_list<int64_t> sizes) : Dims(std::span<const int64_t>(sizes.begin(), sizes.size())) {}
  explicit Dims(std::span<const int64_t> sizes);
  /// `count` times `value`.
  static Dims filled(int count, int64_t value);

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

  bool operator==(const Dims& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

 private:
  std::array<int64_t, kMax> values_{};
  int count_ = 0;
};

/// Sizes of a tensor's dimensions, outermost first; empty for a scalar.
using Shape = Dims;
/// Distance in elements between neighbours along each dimension; 0 where a dimension is broadcast.
using Strides = Dims;

/// Number of elements: the product of the sizes, 1 for a scalar.
int64_t element_count(const Shape& shape);

/// Row-major strides of a dense tensor.
Strides contiguous_strides(const Shape& shape);

/// The shape that NumPy's rules give two operands; an error naming `op` and both shapes where there is none.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

/// `dim` with negative numbers counted from the end; an error naming `op` where it is out of range.
int normalize_dim(const char* op, int dim, int rank);

/// "(256, 128)"
std::string to_string(const Dims& dims);

}  // namespace nce

template <>
struct fmt::formatter<nce::Dims> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  format_context::iterator format(const nce::Dims& dims, format_context& context) const;
};
