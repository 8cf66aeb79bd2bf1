#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace nce {

/// Element types. f32 is for training. f64 lets tests check gradients with the same code.
enum class DType : uint8_t { f32, f64 };

inline size_t size_of(DType dtype) { return dtype == DType::f32 ? 4 : 8; }
inline const char* to_string(DType dtype) { return dtype == DType::f32 ? "f32" : "f64"; }

template <class T>
inline constexpr DType dtype_of = std::is_same_v<T, float> ? DType::f32 : DType::f64;

/// Calls `body(T{})` with T = float or double: `dispatch(x.dtype(), [&]<class T>(T) { ... })`.
template <class Body>
decltype(auto) dispatch(DType dtype, Body&& body) {
  if (dtype == DType::f32) return std::forward<Body>(body)(float{});
  return std::forward<Body>(body)(double{});
}

}  // namespace nce
