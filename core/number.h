#pragma once
#include <charconv>
#include <optional>
#include <string_view>

namespace nce {

/// The number that a text is from its first character to its last, in decimal; nothing where it is anything else or
/// does not fit T: "", " 3", "0x10", "1.5" for a whole number, "300" for 8 bits.
template <class T>
std::optional<T> number_in(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace nce
