#pragma once
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace nce {

/// The number in a text that is one decimal number and nothing else. Otherwise, or if it does not fit T, nothing: "", "
/// 3", "0x10", "1.5" for a whole number, "300" for 8 bits.
template <class T>
std::optional<T> number_in(std::string_view text) {
#ifndef __cpp_lib_to_chars  // WebAssembly's standard library has it for whole numbers alone; its locale is C's
  if constexpr (std::is_floating_point_v<T>) {
    const bool decimal = !text.empty() && text.find_first_not_of("-.0123456789eE+") == text.npos && text[0] != '+';
    char* end = nullptr;
    const std::string copy(text);
    const double value = std::strtod(copy.c_str(), &end);
    return decimal && *end == 0 && std::isfinite(T(value)) ? std::optional(T(value)) : std::nullopt;
  } else
#endif
  {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
  }
}

/// Rounds to `digits` significant digits: 1.2 - 1 is 0.19999999999999996, and `decimal` of it is 0.2. Take seven for
/// results in f32.
inline double decimal(double value, int digits = 15) {
  if (!std::isfinite(value)) return value;
  char text[64];
#ifdef __cpp_lib_to_chars
  const auto written = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, digits - 1);
  std::from_chars(text, written.ptr, value);
  return value;
#else
  std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
  return std::strtod(text, nullptr);
#endif
}

}  // namespace nce
