#include <memory>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/losses/engine/pair_products.h"

namespace nce::losses {
namespace {

template <class T>
const PairFunctionOf<T>& in_precision(const PairFunction& h) {
  if constexpr (sizeof(T) == 4)
    return h.f32;
  else
    return h.f64;
}

// Short sums are made in T, and added up in double, so that no digits are lost.
template <class T>
double sum_of(const T* x, int64_t n) {
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += 1024) {
    T lanes[16] = {};
    const int64_t end = std::min(n, begin + 1024);
    for (int64_t i = begin; i < end; ++i) lanes[i % 16] += x[i];
    for (T lane : lanes) total += double(lane);
  }
  return total;
}

template <class T>
double sum_forward(const PairProducts<T>& products, const PairFunctionOf<T>& h) {
  const Tiles& tiles = products.tiles();
  ScratchMemory scratch(tiles.wave(), size_t(2 * products.tile_elements()) * sizeof(T));
  std::vector<double> by_block(size_t(tiles.blocks()));  // one for each row-block, added in the order of the waves
  tiles.each([&](const Tile& tile) {
    const ScratchMemory::Part part(scratch);
    T *const s = part.template as<T>(), *const value = s + products.tile_elements(),
             *const slope = products.kept(tile);
    products.multiply(tile, s);
    const int64_t n = tile.rows * products.step(tile);
    h(s, n, value, slope);
    products.fill_excluded(tile, T(0), value);
    if (slope) products.fill_excluded(tile, T(0), slope);
    by_block[size_t(tile.row / tiles.side())] += (tile.mirrored ? 2 : 1) * sum_of(value, n);
  });
  double sum = 0;
  for (double block : by_block) sum += block;
  return sum;
}

// As above, by row. Tiles that run at once share no rows.
template <class T>
std::vector<double> sum_rows_forward(const PairProducts<T>& products, const PairFunctionOf<T>& h) {
  const Tiles& tiles = products.tiles();
  ScratchMemory scratch(tiles.wave(), size_t(2 * products.tile_elements()) * sizeof(T));
  std::vector<double> by_row(size_t(products.n()));
  tiles.each([&](const Tile& tile) {
    const ScratchMemory::Part part(scratch);
    T *const s = part.template as<T>(), *const value = s + products.tile_elements(),
             *const slope = products.kept(tile);
    const int64_t step = products.step(tile);
    products.multiply(tile, s);
    h(s, tile.rows * step, value, slope);
    products.fill_excluded(tile, T(0), value);
    if (slope) products.fill_excluded(tile, T(0), slope);
    for (int64_t r = 0; r < tile.rows; ++r) by_row[size_t(tile.row + r)] += sum_of(value + r * step, step);
    for (int64_t r = 0; tile.mirrored && r < tile.rows; ++r)
      for (int64_t c = 0; c < tile.columns; ++c) by_row[size_t(tile.column + c)] += double(value[r * step + c]);
  });
  return by_row;
}

// `weight(i, k)`: what the derivative by s_ik is multiplied by.
template <class T, class Weight>
std::array<Tensor, 2> gradients_of(const PairProducts<T>& products, const PairFunctionOf<T>& h, Weight weight,
                                   bool by_a, bool by_b) {
  const int64_t elements = products.tile_elements();
  return products.gradients(by_a, by_b, 2 * elements, [&](const Tile& tile, T* memory) {
    const int64_t step = products.step(tile);
    const T* slope = products.kept(tile);
    if (!slope) {
      products.multiply(tile, memory);
      h(memory, tile.rows * step, nullptr, memory + elements);
      products.fill_excluded(tile, T(0), memory + elements);
      slope = memory + elements;
    }
    for (int64_t r = 0; r < tile.rows; ++r)
      for (int64_t c = 0; c < step; ++c)
        memory[r * step + c] = weight(tile.row + r, tile.column + c) * slope[r * step + c];
    return memory;
  });
}

template <class T>
std::array<Tensor, 2> sum_backward(const PairProducts<T>& products, const PairFunctionOf<T>& h, double grad,
                                   bool by_a, bool by_b) {
  const T scale = T(products.self() ? 2 * grad : grad);  // a = b: the derivative by s_ik plus that by s_ki
  return gradients_of(
      products, h, [scale](int64_t, int64_t) { return scale; }, by_a, by_b);
}

Tensor sum_over(const Tensor& a, const Tensor& b, const PairFunction& h, Exclude exclude) {
  check_rows("sum_pairs", a, b, exclude);
  const Tensor inputs[] = {a, a.impl() == b.impl() ? Tensor() : b};
  return dispatch(a.dtype(), [&]<class T>(T) {
    auto products = std::make_shared<PairProducts<T>>(a, b, exclude, detail::wants_node(inputs, 2));
    const Tensor out = Tensor::scalar(sum_forward(*products, in_precision<T>(h)), a.dtype());
    return record_joint("sum_pairs", out, {inputs[0], inputs[1]},
                        [products, h = in_precision<T>(h)](const Tensor& grad, const std::array<bool, 2>& needed) {
                          return sum_backward(*products, h, grad.item(), needed[0], needed[1]);
                        });
  });
}

}  // namespace

Tensor sum_pairs(const Tensor& a, const Tensor& b, const PairFunction& h, Exclude exclude) {
  return sum_over(a, b, h, exclude);
}
Tensor sum_pairs_by_row(const Tensor& a, const Tensor& b, const PairFunction& h, Exclude exclude) {
  check_rows("sum_pairs_by_row", a, b, exclude);
  const Tensor inputs[] = {a, a.impl() == b.impl() ? Tensor() : b};
  return dispatch(a.dtype(), [&]<class T>(T) {
    auto products = std::make_shared<PairProducts<T>>(a, b, exclude, detail::wants_node(inputs, 2));
    const std::vector<double> sums = sum_rows_forward(*products, in_precision<T>(h));
    const Tensor out = Tensor::from(std::vector<T>(sums.begin(), sums.end()), {a.size(0)});
    return record_joint(
        "sum_pairs_by_row", out, {inputs[0], inputs[1]},
        [products, h = in_precision<T>(h)](const Tensor& grad, const std::array<bool, 2>& needed) {
          // Padded, as a tile's last columns are.
          std::vector<T> g = grad.to_vector<T>();
          const bool self = products->self();
          g.resize(g.size() + 64);
          return gradients_of(
              *products, h, [&](int64_t i, int64_t k) { return self ? g[size_t(i)] + g[size_t(k)] : g[size_t(i)]; },
              needed[0], needed[1]);
        });
  });
}
Tensor sum_pairs(const Tensor& z, const PairFunction& h, Exclude exclude) { return sum_over(z, z, h, exclude); }

Tensor map_pairs(const Tensor& x, const PairFunction& h) {
  return dispatch(x.dtype(), [&]<class T>(T) {
    const Tensor s = x.detach().contiguous();
    Tensor value = Tensor::empty(s.shape(), s.dtype()), slope = Tensor::empty(s.shape(), s.dtype());
    in_precision<T>(h)(s.data<T>(), s.numel(), value.mutable_data<T>(), slope.mutable_data<T>());
    return record("map_pairs", value, {x}, [slope](const Tensor& grad) { return grad * slope; });
  });
}

}  // namespace nce::losses
