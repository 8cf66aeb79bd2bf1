#pragma once
#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace nce {

/// All errors of the library. `what()` names the operation or the file, the shapes or the place in it, and says what to
/// do. The library never prints and never exits.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

namespace detail {
[[noreturn]] void fail(fmt::string_view text, fmt::format_args args);
}

/// Throws `Error` with a formatted text, such as `fail("matmul: inner dimensions differ: {} x {}", a, b)`.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  detail::fail(text, fmt::make_format_args(args...));
}

/// `check(ok, "text {}", value)`: formats the text only on failure.
template <class... Args>
void check(bool ok, fmt::format_string<Args...> text, Args&&... args) {
  if (!ok) [[unlikely]]
    fail(text, std::forward<Args>(args)...);
}

}  // namespace nce
