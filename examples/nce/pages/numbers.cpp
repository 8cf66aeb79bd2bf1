#include "pages/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace nce::cli {

std::string short_number(double value) {
  const double size = std::abs(value);
  if (size >= 10000 || (size > 0 && size < 0.001)) return fmt::format("{:.0e}", value);
  return fmt::format("{:.{}f}", value, size >= 10 ? 0 : size >= 0.1 || size == 0 ? 2 : 3);
}

std::string three_digits(double value) {
  if (!std::isfinite(value)) return "-";
  const double size = std::abs(value);
  if (size == 0) return "0";
  return size < 1e-3 || size >= 1e4 ? fmt::format("{:.1e}", value) : fmt::format("{:.3g}", value);
}

std::string percent(double share) {
  if (!std::isfinite(share)) return "-";
  if (share < 1e-6) return "0";
  return fmt::format("{:.{}f}", 100 * share, share < 0.1 ? 2 : 1);
}

std::string with_thousands(double value) {
  std::string digits = fmt::format("{:.0f}", value);
  for (int at = int(digits.size()) - 3; at > 0; at -= 3) digits.insert(size_t(at), 1, ',');
  return digits;
}

std::string clock_text(double seconds) {
  const auto whole = int64_t(std::max(0.0, seconds) + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace nce::cli
