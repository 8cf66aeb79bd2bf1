// Tensors as text.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "nce/core/ops.h"

namespace nce {
namespace {

constexpr int64_t kWhole = 1000, kEdge = 3;  // as NumPy: all up to kWhole elements; else the first and last kEdge

// Appends dimension `d` of the elements that start at `at`. `cell(at)` is the text of one element.
template <class Cell>
void append(std::string& text, const Tensor& x, int d, int64_t at, const Cell& cell) {
  if (d == x.dim()) {
    text += cell(at);
    return;
  }
  const int64_t n = x.shape()[d], step = x.strides()[d];
  const bool cut = x.numel() > kWhole && n > 2 * kEdge, rows = d + 1 < x.dim();
  std::string between = ",";
  if (rows)
    between.append(size_t(x.dim() - 1 - d), '\n').append(size_t(d + 1), ' ');
  else
    between += ' ';
  text += "[";
  for (int64_t i = 0; i < n; ++i) {
    if (i) text += between;
    if (cut && i == kEdge) {
      text += "..." + between;
      i = n - kEdge;
    }
    append(text, x, d + 1, at + i * step, cell);
  }
  text += "]";
}

}  // namespace

std::string to_string(const Tensor& x) {
  if (!x.defined()) return "Tensor(undefined)";
  std::string text = fmt::format("Tensor{} {}{}", x.shape(), to_string(x.dtype()), x.dim() > 1 ? '\n' : ' ');
  dispatch(x.dtype(), [&]<class T>(T) {
    const T* data = x.data<T>();
    size_t width = 0;  // columns of equal width, where there are columns
    const auto cell = [&](int64_t at) { return fmt::format("{:>{}.6g}", data[at], width); };
    std::string all;
    append(all, x, 0, 0, [&](int64_t at) {
      if (x.dim() > 1) width = std::max(width, fmt::format("{:.6g}", data[at]).size());
      return "";
    });
    append(text, x, 0, 0, cell);
  });
  return text;
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) { return out << to_string(x); }

}  // namespace nce
