#include "nce/losses/pairwise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/core/kernels/pairs.h"
#include "nce/losses/tiles.h"

namespace nce::losses {
namespace {

void check_rows(const char* op, const Tensor& a, const Tensor& b, Exclude exclude) {
  check(a.dim() == 2 && b.dim() == 2 && a.size(1) == b.size(1) && a.dtype() == b.dtype(),
        "{}: rows of one length and one dtype are needed, got {} {} and {} {}", op, a.shape(), to_string(a.dtype()),
        b.shape(), to_string(b.dtype()));
  check(a.size(0) >= 1 && b.size(0) >= 1 && a.size(1) >= 1, "{}: there is nothing in {} and {}", op, a.shape(),
        b.shape());
  if (exclude == Exclude::self_and_pair)
    check(a.size(0) == b.size(0) && a.size(0) % 2 == 0,
          "{}: two views one below the other are needed, got {} and {} rows", op, a.size(0), b.size(0));
}

bool same_rows(const Tensor& a, const Tensor& b) { return a.impl() == b.impl(); }

/// What the backward pass begins a tile with: kept by the forward pass, or made again by `make(tile, memory)`.
template <class T>
class KeptTiles {
 public:
  KeptTiles(const Tiles& tiles, bool wanted) : size_(tiles.side() * tiles.side()) {
    const int64_t bytes = tiles.slots() * size_ * int64_t(sizeof(T));
    if (wanted && bytes <= kKeptBytes) block_ = Block(size_t(bytes));
  }
  /// The tile's place, or null where tiles are not kept.
  T* at(const Tile& tile) const { return block_.data() ? block_.as<T>() + tile.slot * size_ : nullptr; }

 private:
  int64_t size_;
  Block block_;
};

/// log sum exp over rows (and columns) of the pairs.
///
/// Where every |s| <= |a_i| |b_k| is small enough for exp(s) itself (cosines over temperatures down to 0.025), sums
/// of rows and of columns come from one exponential. Otherwise each row and each column is shifted by its running
/// maximum. The sums are kept in double.
template <class T>
class Logsumexp {
 public:
  Logsumexp(const Tensor& a, const Tensor& b, const LogsumexpOptions& options, bool keep)
      : rows_{a.detach().contiguous(), b.detach().contiguous(), options.exclude},
        self_(same_rows(a, b)),
        columns_(self_ || options.both),
        tiles_(rows_.n, rows_.m, self_),
        kept_(tiles_, keep),
        small_(largest_norm(rows_.a) * (self_ ? largest_norm(rows_.a) : largest_norm(rows_.b)) <= kSmall),
        by_row_(rows_.n),
        by_column_(columns_ ? rows_.m : 0) {}

  /// (N), or with `both` (2, N).
  Tensor forward(const Tensor& over, bool both) {
    Scratch scratch(tiles_.wave(), size_t(tile_elements() + 2 * tiles_.side()) * sizeof(T));
    tiles_.each([&](const Tile& tile) {
      const Scratch::Part part(scratch);
      T* const work = part.template as<T>();
      T* const place = kept_.at(tile);
      T* const s = place ? place : work;
      rows_.similarities(tile, s);
      rows_.fill_excluded(tile, -kInfinity, s);
      const bool columns = self_ ? tile.mirrored : columns_;
      T* const buffer = work + tile_elements();
      small_ ? sum_small(tile, s, columns, buffer) : sum_shifted(tile, s, columns, buffer);
    });
    if (self_) by_row_.add(by_column_);
    Tensor out = both ? Tensor::empty({2, rows_.n}, kType) : Tensor::empty({rows_.n}, kType);
    T* values = out.mutable_data<T>();
    const Tensor over_row = over.defined() ? over.contiguous() : Tensor();
    const T* off = over.defined() ? over_row.template data<T>() : nullptr;
    by_row_.logarithms(off, values);
    if (both) by_column_.logarithms(off, values + rows_.n);
    return out;
  }

  /// Derivatives by a and b; of a = b that by a is the whole.
  std::array<Tensor, 2> backward(const Tensor& grad, bool by_a, bool by_b) const {
    if (!by_a && !by_b) return {};
    const Tensor g = grad.contiguous();
    const Weights row(by_row_, g.data<T>());
    const Weights column =
        self_ ? Weights(by_row_, g.data<T>()) : (columns_ ? Weights(by_column_, g.data<T>() + rows_.n) : Weights());
    Tensor da = by_a ? Tensor::zeros(rows_.a.shape(), kType) : Tensor();
    Tensor db = by_b || (self_ && by_a) ? Tensor::zeros(rows_.b.shape(), kType) : Tensor();
    T* const da_data = da.defined() ? da.mutable_data<T>() : nullptr;
    T* const db_data = db.defined() ? db.mutable_data<T>() : nullptr;
    Scratch scratch(tiles_.wave(), size_t(tile_elements()) * sizeof(T));
    tiles_.each([&](const Tile& tile) {
      const Scratch::Part part(scratch);
      T* const weights = part.template as<T>();
      const T* s = kept_.at(tile);
      if (!s) {
        rows_.similarities(tile, weights);
        rows_.fill_excluded(tile, -kInfinity, weights);
        s = weights;
      }
      const bool again = s == weights;
      for (int64_t r = 0; r < tile.rows; ++r) {
        const T* from = s + r * tile.columns;
        T* to = weights + r * tile.columns;
        const size_t i = size_t(tile.row + r);
        const T* u = column.weight.data() ? column.weight.template as<T>() + tile.column : nullptr;
        const T* m = column.weight.data() ? column.largest + tile.column : nullptr;
        const T weight = row.weight.template as<T>()[i];
        if (small_) {
          if (again) kernels::exp_row(from, tile.columns, to, static_cast<T*>(nullptr));
          kernels::weigh_row(again ? to : from, tile.columns, weight, u, to);
        } else {
          kernels::shifted_weigh_row(from, tile.columns, row.largest[i], weight, m, u, to);
        }
      }
      rows_.add_gradients(tile, T(1), weights, da_data, self_ && !tile.mirrored ? nullptr : db_data);
    });
    if (self_) {
      NoGrad no_grad;
      return {da + db, {}};
    }
    return {da, db};
  }

 private:
  static constexpr DType kType = dtype_of<T>;
  static constexpr T kInfinity = std::numeric_limits<T>::infinity();
  // exp(40) times any number of rows is far from the largest f32, exp(-40) far from the smallest.
  static constexpr double kSmall = sizeof(T) == 4 ? 40 : 300;

  /// By row or by column: the sum of exponentials of s - largest.
  struct Sums {
    explicit Sums(int64_t count)
        : n(count), block(size_t(count) * sizeof(double)), largest_block(size_t(count) * sizeof(T)) {
      std::fill_n(sum(), n, 0.0);
      std::fill_n(largest(), n, T(0));
    }
    double* sum() const { return block.as<double>(); }
    T* largest() const { return largest_block.as<T>(); }
    /// Adds `more`, a sum of exponentials of s - shift.
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
    void logarithms(const T* over, T* out) const {
      for (int64_t i = 0; i < n; ++i)
        out[i] = T(std::log(sum()[i]) + double(largest()[i]) - (over ? double(over[i]) : 0));
    }
    int64_t n;
    Block block, largest_block;
  };

  /// grad / sum, what an exponential of s - largest is multiplied by.
  struct Weights {
    Weights() = default;
    Weights(const Sums& sums, const T* grad) : weight(size_t(sums.n) * sizeof(T)), largest(sums.largest()) {
      for (int64_t i = 0; i < sums.n; ++i)
        weight.template as<T>()[i] = sums.sum()[i] == 0 ? T(0) : T(double(grad[i]) / sums.sum()[i]);
    }
    Block weight;
    const T* largest = nullptr;
  };

  int64_t tile_elements() const { return tiles_.side() * tiles_.side(); }

  static double square_sum(const T* x, int64_t n) {
    T lanes[16] = {};
    for (int64_t i = 0; i < n; ++i) lanes[i % 16] += x[i] * x[i];
    double sum = 0;
    for (T lane : lanes) sum += double(lane);
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
            if (square > largest || std::isnan(square)) largest = square;  // and NaN stays
          }
          return std::sqrt(largest);
        },
        [](double x, double y) { return x >= y || std::isnan(x) ? x : y; });
  }

  // Turns s into exp(s) in place.
  void sum_small(const Tile& tile, T* s, bool columns, T* buffer) const {
    if (columns) std::fill_n(buffer, tile.columns, T(0));
    for (int64_t r = 0; r < tile.rows; ++r) {
      T* row = s + r * tile.columns;
      by_row_.sum()[tile.row + r] += double(kernels::exp_row(row, tile.columns, row, columns ? buffer : nullptr));
    }
    if (columns)
      for (int64_t c = 0; c < tile.columns; ++c) by_column_.sum()[tile.column + c] += double(buffer[c]);
  }

  void sum_shifted(const Tile& tile, const T* s, bool columns, T* buffer) const {
    for (int64_t r = 0; r < tile.rows; ++r) {
      const auto [largest, sum] = kernels::exp_sum(s + r * tile.columns, tile.columns);
      if (largest != -kInfinity) by_row_.add(tile.row + r, largest, double(sum));
    }
    if (!columns) return;
    T* const largest = buffer;
    T* const sums = buffer + tile.columns;
    std::fill_n(largest, tile.columns, -kInfinity);
    std::fill_n(sums, tile.columns, T(0));
    for (int64_t r = 0; r < tile.rows; ++r) kernels::max_columns(s + r * tile.columns, tile.columns, largest);
    for (int64_t r = 0; r < tile.rows; ++r)
      kernels::add_exp_columns(s + r * tile.columns, tile.columns, largest, sums);
    for (int64_t c = 0; c < tile.columns; ++c) by_column_.add(tile.column + c, largest[c], double(sums[c]));
  }

  Rows<T> rows_;
  bool self_, columns_;
  Tiles tiles_;
  KeptTiles<T> kept_;
  bool small_;
  Sums by_row_, by_column_;
};

Tensor logsumexp(const Tensor& a, const Tensor& b, const LogsumexpOptions& options) {
  check_rows("logsumexp_pairs", a, b, options.exclude);
  const int64_t n = a.size(0);
  if (const Tensor& over = options.over; over.defined())
    check(over.dim() == 1 && over.size(0) == n && over.dtype() == a.dtype(),
          "logsumexp_pairs: `over` must be one {} a row, got {} {} for {} rows", to_string(a.dtype()), over.shape(),
          to_string(over.dtype()), n);
  check(!options.both || n == b.size(0),
        "logsumexp_pairs: both directions need as many rows in each, got {} and {}", n, b.size(0));
  const bool self = same_rows(a, b), both = options.both;
  const Tensor inputs[] = {a, self ? Tensor() : b, options.over};
  return dispatch(a.dtype(), [&]<class T>(T) {
    auto pass = std::make_shared<Logsumexp<T>>(a, b, options, detail::wants_node(inputs, 3));
    const Tensor out = pass->forward(options.over, both);
    return record_joint("logsumexp_pairs", out, {inputs[0], inputs[1], inputs[2]},
                        [pass, both](const Tensor& grad, const std::array<bool, 3>& needed) {
                          auto [da, db] = pass->backward(grad, needed[0], needed[1]);
                          Tensor over = needed[2] ? -(both ? sum(grad, 0) : grad) : Tensor();
                          return std::array<Tensor, 3>{da, db, over};
                        });
  });
}

/// sum of h over the pairs.
template <class T>
class SumPairs {
 public:
  SumPairs(const Tensor& a, const Tensor& b, const PairFunctionOf<T>& h, Exclude exclude, bool keep)
      : rows_{a.detach().contiguous(), b.detach().contiguous(), exclude},
        h_(h),
        self_(same_rows(a, b)),
        tiles_(rows_.n, rows_.m, self_),
        kept_(tiles_, keep) {}

  double forward() const {
    const int64_t elements = tiles_.side() * tiles_.side();
    Scratch scratch(tiles_.wave(), size_t(2 * elements) * sizeof(T));
    std::vector<double> by_block(size_t(tiles_.wave()));  // in the order of the waves, then of the blocks of rows
    tiles_.each([&](const Tile& tile) {
      const Scratch::Part part(scratch);
      T* const s = part.template as<T>();
      T* const value = s + elements;
      rows_.similarities(tile, s);
      const int64_t n = tile.rows * tile.columns;
      T* const slope = kept_.at(tile);
      h_(s, n, value, slope);
      rows_.fill_excluded(tile, T(0), value);
      if (slope) rows_.fill_excluded(tile, T(0), slope);
      double total = 0;
      for (int64_t i = 0; i < n; i += 1024) {  // short sums, so that no digits are lost
        T lanes[16] = {};
        const int64_t end = std::min(n, i + 1024);
        for (int64_t k = i; k < end; ++k) lanes[k % 16] += value[k];
        for (T lane : lanes) total += double(lane);
      }
      by_block[size_t(tile.row / tiles_.side())] += tile.mirrored ? 2 * total : total;
    });
    double sum = 0;
    for (double block : by_block) sum += block;
    return sum;
  }

  std::array<Tensor, 2> backward(double grad, bool by_a, bool by_b) const {
    Tensor da = by_a ? Tensor::zeros(rows_.a.shape(), rows_.a.dtype()) : Tensor();
    Tensor db = by_b || (self_ && by_a) ? Tensor::zeros(rows_.b.shape(), rows_.b.dtype()) : Tensor();
    T* const da_data = da.defined() ? da.mutable_data<T>() : nullptr;
    T* const db_data = db.defined() ? db.mutable_data<T>() : nullptr;
    const int64_t elements = tiles_.side() * tiles_.side();
    Scratch scratch(tiles_.wave(), size_t(2 * elements) * sizeof(T));
    tiles_.each([&](const Tile& tile) {
      const Scratch::Part part(scratch);
      const T* slope = kept_.at(tile);
      if (!slope) {
        T* const s = part.template as<T>();
        rows_.similarities(tile, s);
        h_(s, tile.rows * tile.columns, nullptr, s + elements);
        rows_.fill_excluded(tile, T(0), s + elements);
        slope = s + elements;
      }
      // Of a = b, s_ik depends on row i and on row k, and stands for both orders.
      rows_.add_gradients(tile, T(self_ ? 2 * grad : grad), slope, da_data,
                          self_ && !tile.mirrored ? nullptr : db_data);
    });
    if (self_) {
      NoGrad no_grad;
      return {da + db, {}};
    }
    return {da, db};
  }

 private:
  Rows<T> rows_;
  PairFunctionOf<T> h_;
  bool self_;
  Tiles tiles_;
  KeptTiles<T> kept_;
};

Tensor sum_of(const Tensor& a, const Tensor& b, const PairFunction& h, Exclude exclude) {
  check_rows("sum_pairs", a, b, exclude);
  const Tensor inputs[] = {a, same_rows(a, b) ? Tensor() : b};
  return dispatch(a.dtype(), [&]<class T>(T) {
    const PairFunctionOf<T>* function;
    if constexpr (sizeof(T) == 4)
      function = &h.f32;
    else
      function = &h.f64;
    auto pass = std::make_shared<SumPairs<T>>(a, b, *function, exclude, detail::wants_node(inputs, 2));
    const Tensor out = Tensor::scalar(pass->forward(), a.dtype());
    return record_joint("sum_pairs", out, {inputs[0], inputs[1]},
                        [pass](const Tensor& grad, const std::array<bool, 2>& needed) {
                          return pass->backward(grad.item(), needed[0], needed[1]);
                        });
  });
}

}  // namespace

Tensor logsumexp_pairs(const Tensor& a, const Tensor& b, const LogsumexpOptions& options) {
  return logsumexp(a, b, options);
}
Tensor logsumexp_pairs(const Tensor& z, const LogsumexpOptions& options) { return logsumexp(z, z, options); }

Tensor sum_pairs(const Tensor& a, const Tensor& b, const PairFunction& h, Exclude exclude) {
  return sum_of(a, b, h, exclude);
}
Tensor sum_pairs(const Tensor& z, const PairFunction& h, Exclude exclude) { return sum_of(z, z, h, exclude); }

}  // namespace nce::losses
