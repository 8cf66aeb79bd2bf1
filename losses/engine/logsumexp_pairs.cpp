#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/core/kernels/pairs.h"
#include "nce/losses/engine/pair_products.h"

namespace nce::losses {
namespace {

/// log sum exp by rows (and by columns) of the pairs.
///
/// There are two ways. If |s| <= |a_i| |b_k| <= kSmall for all pairs, exp(s) cannot overflow. Then one exponential
/// serves the sum of its row and the sum of its column. (Cosines are so small for temperatures down to 0.025.)
/// Otherwise each row and each column subtracts the largest s that it has seen so far. The sums are doubles.
template <class T>
class Logsumexp {
 public:
  Logsumexp(const Tensor& a, const Tensor& b, const LogsumexpOptions& options, bool keep)
      : products_(a, b, options.exclude, keep),
        columns_(products_.self() || options.both_directions),
        small_(largest_product() <= kSmall),
        by_row_(products_.n()),
        by_column_(columns_ ? products_.m() : 0) {}

  /// (N); with `both` (2, N).
  Tensor forward(const Tensor& minus, bool both) {
    const Tiles& tiles = products_.tiles();
    const int64_t elements = products_.tile_elements();
    ScratchMemory scratch(tiles.wave(), size_t(elements + 2 * tiles.side()) * sizeof(T));
    tiles.each([&](const Tile& tile) {
      const ScratchMemory::Part part(scratch);
      T* const memory = part.template as<T>();
      T* const kept = products_.kept(tile);
      T* const s = kept ? kept : memory;
      products_.multiply(tile, s);
      products_.fill_excluded(tile, -kInfinity, s);
      const bool columns = columns_ && (!products_.self() || tile.mirrored);
      small_ ? sum_small(tile, s, columns, memory + elements) : sum_shifted(tile, s, columns, memory + elements);
    });
    if (products_.self()) by_row_.add(by_column_);
    Tensor out = both ? Tensor::empty({2, products_.n()}, kType) : Tensor::empty({products_.n()}, kType);
    T* values = out.mutable_data<T>();
    const Tensor minus_row = minus.defined() ? minus.contiguous() : Tensor();
    const T* off = minus.defined() ? minus_row.template data<T>() : nullptr;
    by_row_.logarithms(off, values);
    if (both) by_column_.logarithms(off, values + products_.n());
    return out;
  }

  std::array<Tensor, 2> backward(const Tensor& grad, bool by_a, bool by_b) const {
    const Tensor g = grad.contiguous();
    const Weights row(by_row_, g.data<T>());
    Weights column;
    if (columns_)
      column = products_.self() ? Weights(by_row_, g.data<T>()) : Weights(by_column_, g.data<T>() + products_.n());
    return products_.gradients(by_a, by_b, products_.tile_elements(), [&](const Tile& tile, T* weights) {
      const T* s = products_.kept(tile);
      const bool again = !s;
      if (again) {
        products_.multiply(tile, weights);
        products_.fill_excluded(tile, -kInfinity, weights);
        s = weights;
      }
      const int64_t step = products_.step(tile);
      const T* const u = columns_ ? column.weight.template as<T>() + tile.column : nullptr;
      const T* const shifts = columns_ ? column.largest + tile.column : nullptr;
      for (int64_t r = 0; r < tile.rows; ++r) {
        const T* from = s + r * step;
        T* const to = weights + r * step;
        const int64_t i = tile.row + r;
        const T weight = row.weight.template as<T>()[i];
        if (small_) {
          if (again) kernels::pairs<T>().exp_row(from, tile.columns, to, nullptr), from = to;
          kernels::pairs<T>().weigh_row(from, tile.columns, weight, u, to);
        } else {
          kernels::pairs<T>().shifted_weigh_row(from, tile.columns, row.largest[i], weight, shifts, u, to);
        }
      }
      return weights;
    });
  }

 private:
  static constexpr DType kType = dtype_of<T>;
  static constexpr T kInfinity = std::numeric_limits<T>::infinity();
  // exp(40) times any number of rows is far below the largest f32; exp(-40) is far above the smallest.
  static constexpr double kSmall = sizeof(T) == 4 ? 40 : 300;

  /// The sum of exp(s - largest) for each row, or for each column.
  struct Sums {
    explicit Sums(int64_t count)
        : n(count), block(size_t(count) * sizeof(double)), largest_block(size_t(count) * sizeof(T)) {
      std::fill_n(sum(), n, 0.0);
      std::fill_n(largest(), n, T(0));
    }
    double* sum() const { return block.as<double>(); }
    T* largest() const { return largest_block.as<T>(); }
    /// Adds `more`, a sum of exp(s - shift).
    void add(int64_t i, T shift, double more) const {
      double& total = sum()[i];
      T& top = largest()[i];
      if (more == 0) return;
      if (total == 0) {
        total = more, top = shift;
      } else if (shift > top) {
        total = total * std::exp(double(top) - double(shift)) + more, top = shift;
      } else {
        total += more * std::exp(double(shift) - double(top));
      }
    }
    void add(const Sums& other) const {
      for (int64_t i = 0; i < n; ++i) add(i, other.largest()[i], other.sum()[i]);
    }
    void logarithms(const T* minus, T* out) const {
      for (int64_t i = 0; i < n; ++i)
        out[i] = T(std::log(sum()[i]) + double(largest()[i]) - (minus ? double(minus[i]) : 0));
    }
    int64_t n;
    MemoryBlock block, largest_block;
  };

  /// grad / sum: the factor of exp(s - largest) in the gradient.
  struct Weights {
    Weights() = default;
    Weights(const Sums& sums, const T* grad) : weight(size_t(sums.n) * sizeof(T)), largest(sums.largest()) {
      for (int64_t i = 0; i < sums.n; ++i)
        weight.template as<T>()[i] = sums.sum()[i] == 0 ? T(0) : T(double(grad[i]) / sums.sum()[i]);
    }
    MemoryBlock weight;
    const T* largest = nullptr;
  };

  static double square_sum(const T* x, int64_t n) {
    T lanes[16] = {};
    int64_t i = 0;
    for (; i + 16 <= n; i += 16)
      for (int64_t l = 0; l < 16; ++l) lanes[l] += x[i + l] * x[i + l];
    double sum = 0;
    for (T lane : lanes) sum += double(lane);
    for (; i < n; ++i) sum += double(x[i]) * double(x[i]);
    return sum;
  }

  static double largest_norm(const Tensor& x) {
    const int64_t d = x.size(1);
    const T* data = x.data<T>();
    return parallel_reduce(
        x.size(0), std::max<int64_t>(1, (1 << 14) / d), 0.0,
        [&](int64_t begin, int64_t end) {
          double largest = 0;
          for (int64_t i = begin; i < end; ++i) {
            const double square = square_sum(data + i * d, d);
            if (square > largest || std::isnan(square)) largest = square;  // NaN stays
          }
          return std::sqrt(largest);
        },
        [](double x, double y) { return x >= y || std::isnan(x) ? x : y; });
  }

  /// An upper bound of |s|.
  double largest_product() const {
    const double a = largest_norm(products_.a());
    return a * (products_.self() ? a : largest_norm(products_.b()));
  }

  // Replaces s by exp(s).
  void sum_small(const Tile& tile, T* s, bool columns, T* buffer) const {
    const int64_t step = products_.step(tile);
    if (columns) std::fill_n(buffer, tile.columns, T(0));
    for (int64_t r = 0; r < tile.rows; ++r) {
      T* row = s + r * step;
      by_row_.sum()[tile.row + r] +=
          double(kernels::pairs<T>().exp_row(row, tile.columns, row, columns ? buffer : nullptr));
    }
    if (columns)
      for (int64_t c = 0; c < tile.columns; ++c) by_column_.sum()[tile.column + c] += double(buffer[c]);
  }

  void sum_shifted(const Tile& tile, const T* s, bool columns, T* buffer) const {
    const int64_t step = products_.step(tile);
    for (int64_t r = 0; r < tile.rows; ++r) {
      const auto [largest, sum] = kernels::elementwise<T>().exp_sum(s + r * step, tile.columns);
      if (largest != -kInfinity) by_row_.add(tile.row + r, largest, double(sum));
    }
    if (!columns) return;
    T* const largest = buffer;
    T* const sums = buffer + tile.columns;
    std::fill_n(largest, tile.columns, -kInfinity);
    std::fill_n(sums, tile.columns, T(0));
    for (int64_t r = 0; r < tile.rows; ++r) kernels::pairs<T>().max_columns(s + r * step, tile.columns, largest);
    for (int64_t r = 0; r < tile.rows; ++r)
      kernels::pairs<T>().add_exp_columns(s + r * step, tile.columns, largest, sums);
    for (int64_t c = 0; c < tile.columns; ++c) by_column_.add(tile.column + c, largest[c], double(sums[c]));
  }

  PairProducts<T> products_;
  bool columns_;  // also sums by column
  bool small_;
  Sums by_row_, by_column_;
};

Tensor logsumexp(const Tensor& a, const Tensor& b, const LogsumexpOptions& options) {
  check_rows("logsumexp_pairs", a, b, options.exclude);
  const int64_t n = a.size(0);
  if (const Tensor& minus = options.minus; minus.defined())
    check(minus.dim() == 1 && minus.size(0) == n && minus.dtype() == a.dtype(),
          "logsumexp_pairs: `minus` must be one {} a row, got {} {} for {} rows", to_string(a.dtype()),
          minus.shape(), to_string(minus.dtype()), n);
  check(!options.both_directions || n == b.size(0),
        "logsumexp_pairs: both directions need as many rows in each, got {} and {}", n, b.size(0));
  const bool both = options.both_directions;
  const Tensor inputs[] = {a, a.impl() == b.impl() ? Tensor() : b, options.minus};
  return dispatch(a.dtype(), [&]<class T>(T) {
    auto pass = std::make_shared<Logsumexp<T>>(a, b, options, detail::wants_node(inputs, 3));
    const Tensor out = pass->forward(options.minus, both);
    return record_joint("logsumexp_pairs", out, {inputs[0], inputs[1], inputs[2]},
                        [pass, both](const Tensor& grad, const std::array<bool, 3>& needed) {
                          auto [da, db] = pass->backward(grad, needed[0], needed[1]);
                          Tensor minus = needed[2] ? -(both ? sum(grad, 0) : grad) : Tensor();
                          return std::array<Tensor, 3>{da, db, minus};
                        });
  });
}

}  // namespace

Tensor logsumexp_pairs(const Tensor& a, const Tensor& b, const LogsumexpOptions& options) {
  return logsumexp(a, b, options);
}
Tensor logsumexp_pairs(const Tensor& z, const LogsumexpOptions& options) { return logsumexp(z, z, options); }

}  // namespace nce::losses
