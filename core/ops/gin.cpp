// The layers of a GIN, fused. Forward and backward, one block of graphs after another goes through a whole layer.
// Between two layers, batch norm needs the sums over all blocks.
#include "nce/core/gin.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "nce/core/autograd.h"
#include "nce/core/kernels/batch_norm.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/core/kernels/lists.h"
#include "nce/core/memory.h"
#include "nce/core/ops/gin_norm.h"
#include "nce/core/ops/narrow.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

using detail::GinNorm;
using Block = detail::GraphBlocks::Block;

constexpr int64_t kMost = 64, kLeast = 256;  // most features, least nodes

// One forward pass, kept for the backward pass.
template <class T>
class Pass {
 public:
  Pass(const GraphBatch& graphs, std::vector<GinLayer> layers)
      : x_(graphs.x.detach().contiguous()),
        adjacency_(graphs.adjacency),
        offsets_(graphs.offsets),
        layers_(std::move(layers)),
        blocks_(offsets_),
        width_(layers_[0].weight1.size(0)) {
    for (GinLayer& l : layers_)
      for (Tensor* t : {&l.weight1, &l.bias1, &l.weight2, &l.bias2, &l.norm_weight, &l.norm_bias})
        *t = t->detach().contiguous();
    rows_of_width_ = detail::starts(blocks_.most(), width_);
    rows_of_input_ = detail::starts(blocks_.most(), x_.size(1));
    taps_ = detail::starts(std::max(width_, x_.size(1)), 1);
  }

  Tensor forward() {
    Tensor out = Tensor::empty({graphs(), int64_t(layers_.size()) * width_}, x_.dtype());
    T* to_all = out.mutable_data<T>();
    const MemoryBlock z = nodes(width_), pools(size_t(graphs() * width_) * sizeof(T));
    for (size_t l = 0; l < layers_.size(); ++l) {
      const GinLayer& layer = layers_[l];
      y_.push_back(Tensor::empty({x_.size(0), width_}, x_.dtype()));
      sums_.push_back(Tensor::empty({x_.size(0), input_width(l)}, x_.dtype()));
      T *y = y_[l].mutable_data<T>(), *sums = sums_[l].mutable_data<T>();
      const MemoryBlock first = forward_weight(layer.weight1), second = forward_weight(layer.weight2);
      std::vector<double> moments(size_t(2 * blocks_.pieces() * width_));
      blocks_.each(size_t(blocks_.most() * width_) * sizeof(T),
                   [&](int64_t piece, const Block& b, bool, char* scratch) {
                     T* hidden = reinterpret_cast<T*>(scratch);
                     const int64_t at = b.row * width_;
                     if (l > 0)
                       kernels::batch_norm<T>().activate(norms_[l - 1].activation(), y_[l - 1].data<T>() + at,
                                                         nullptr, b.rows, z.as<T>() + at);
                     kernels::lists<T>().sums(
                         lists_of(adjacency_.offsets(), adjacency_.columns(), l, l > 0 ? z.as<T>() : x_.data<T>()),
                         b.row, b.row + b.rows, sums);
                     hidden_units(l, b, first, hidden);
                     T* to = y + at;
                     product(hidden, width_, b.rows, second, layer.bias2.template data<T>(), width_, to);
                     kernels::elementwise<T>().relu(to, b.rows * width_, to);
                     kernels::lists<T>().sums({offsets_.data(), nullptr, nullptr, y, width_}, b.first_graph,
                                              b.last_graph, pools.as<T>());
                     double* m = &moments[size_t(2 * piece * width_)];
                     const T* shift = y + blocks_.first_row(piece) * width_;
                     if (b.rows > 0) kernels::batch_norm<T>().moments(to, b.rows, width_, shift, m, m + width_);
                   });
      norms_.push_back(GinNorm<T>(blocks_, y, moments, layers_[l]));
      const GinNorm<T>& norm = norms_.back();
      for (int64_t g = 0; g < graphs(); ++g) {  // the sum of scale y + shift over a graph's nodes
        const T* pool = pools.as<T>() + g * width_;
        T* to = to_all + (g * int64_t(layers_.size()) + int64_t(l)) * width_;
        const T n = T(offsets_[size_t(g) + 1] - offsets_[size_t(g)]);
        for (int64_t c = 0; c < width_; ++c) to[c] = norm.scale()[c] * pool[c] + norm.shift()[c] * n;
      }
    }
    return out;
  }

  // The derivatives by x (undefined if it is not needed), then by each layer's weight1, bias1, weight2, bias2,
  // norm_weight, norm_bias.
  std::vector<Tensor> backward(const Tensor& grad, bool needs_x) const {
    const auto& transposed = adjacency_.transpose();
    const MemoryBlock slopes = nodes(widest()), dy = nodes(width_);
    Tensor dx = needs_x ? Tensor::empty(x_.shape(), x_.dtype()) : Tensor();
    T* to_x = needs_x ? dx.mutable_data<T>() : nullptr;
    std::vector<Tensor> grads(1 + 6 * layers_.size());
    std::vector<double> parts;  // what GinNorm::gradient takes for the next layer
    // The gradient by the output of layer l, for a block, and its sums. `slopes`: the gradient by the next layer's sums.
    const auto begin = [&](size_t l, int64_t piece, const Block& b) {
      T* g = dy.as<T>();
      if (l + 1 < layers_.size())
        kernels::lists<T>().sums(lists_of(transposed.offsets, transposed.rows, l + 1, slopes.as<T>()), b.row,
                                 b.row + b.rows, g);
      else
        std::fill_n(g + b.row * width_, b.rows * width_, T(0));
      for (int64_t graph = b.first_graph; graph < b.last_graph; ++graph) {
        const T* pool = grad.data<T>() + (graph * int64_t(layers_.size()) + int64_t(l)) * width_;
        for (int64_t i = offsets_[size_t(graph)]; i < offsets_[size_t(graph) + 1]; ++i)
          for (int64_t c = 0; c < width_; ++c) g[i * width_ + c] += pool[c];
      }
      double* part = &parts[size_t(2 * piece * width_)];
      kernels::batch_norm<T>().gradient_sums(norms_[l].activation(), y_[l].data<T>() + b.row * width_, nullptr,
                                             g + b.row * width_, b.rows, norms_[l].mean(), part, part + width_);
    };
    parts.assign(size_t(2 * blocks_.pieces() * width_), 0.0);
    blocks_.each(0, [&](int64_t piece, const Block& b, bool, char*) { begin(layers_.size() - 1, piece, b); });

    for (size_t l = layers_.size(); l-- > 0;) {
      const GinLayer& layer = layers_[l];
      const int64_t in = input_width(l);
      Tensor* own = &grads[1 + 6 * l];
      for (Tensor* t : {&own[4], &own[5]}) *t = Tensor::empty({width_}, x_.dtype());
      const auto [a, b, d] = norms_[l].gradient(parts, own[4], own[5]);
      const kernels::Slopes<T> norm_slopes{a.data(), b.data(), d.data()};
      const MemoryBlock forth = forward_weight(layer.weight1), first = backward_weight(layer.weight1),
                        second = backward_weight(layer.weight2);
      const int64_t size = (in + 1 + width_ + 1) * width_;  // of a piece's sums: for weight1, bias1, weight2, bias2
      const MemoryBlock all(size_t(blocks_.pieces() * size) * sizeof(T));
      parts.assign(parts.size(), 0.0);
      blocks_.each(size_t(3 * blocks_.most() * width_) * sizeof(T),
                   [&, l](int64_t piece, const Block& block, bool more, char* scratch) {
                     T* hidden = reinterpret_cast<T*>(scratch);
                     T *g = hidden + blocks_.most() * width_, *h = g + blocks_.most() * width_,
                       *own_sums = all.as<T>() + piece * size;
                     const int64_t at = block.row * width_, n = block.rows * width_;
                     hidden_units(l, block, forth, hidden);
                     const T* y = y_[l].data<T>() + at;
                     kernels::batch_norm<T>().input_gradient(norms_[l].activation(), norm_slopes, y, nullptr,
                                                             dy.as<T>() + at, block.rows, g, nullptr);
                     kernels::elementwise<T>().relu_gradient(y, g, n, g);
                     add_sums(hidden, width_, g, block.rows, more, own_sums + (in + 1) * width_);
                     product(g, width_, block.rows, second, nullptr, width_, h);
                     kernels::elementwise<T>().relu_gradient(hidden, h, n, h);
                     add_sums(sums_[l].data<T>() + block.row * in, in, h, block.rows, more, own_sums);
                     if (l == 0 && !needs_x) return;
                     product(h, width_, block.rows, first, nullptr, in, slopes.as<T>() + block.row * in);
                     if (l > 0)
                       begin(l - 1, piece, block);
                     else
                       kernels::lists<T>().sums(lists_of(transposed.offsets, transposed.rows, 0, slopes.as<T>()),
                                                block.row, block.row + block.rows, to_x);
                   });
      T* total = all.as<T>();
      for (int64_t piece = 1; piece < blocks_.pieces(); ++piece)
        for (int64_t i = 0; i < size; ++i) total[i] += total[piece * size + i];
      take(total, in, own[0], own[1]), take(total + (in + 1) * width_, width_, own[2], own[3]);
    }
    grads[0] = dx;
    return grads;
  }

 private:
  int64_t graphs() const { return int64_t(offsets_.size()) - 1; }
  int64_t input_width(size_t layer) const { return layer == 0 ? x_.size(1) : width_; }
  int64_t widest() const { return std::max(width_, x_.size(1)); }
  // Room for rows of all nodes. All layers use it again, so it stays in the caches.
  MemoryBlock nodes(int64_t width) const { return MemoryBlock(size_t(x_.size(0) * width) * sizeof(T)); }

  static MemoryBlock forward_weight(const Tensor& w) {
    return detail::packed(w.data<T>(), w.size(1), 1, w.size(0), w.size(1));
  }
  static MemoryBlock backward_weight(const Tensor& w) {
    return detail::packed(w.data<T>(), w.size(0), w.size(1), w.size(1), 1);
  }
  const int64_t* starts(int64_t width) const { return (width == width_ ? rows_of_width_ : rows_of_input_).data(); }
  void product(const T* from, int64_t in, int64_t rows, const MemoryBlock& weight, const T* bias, int64_t out,
               T* to) const {
    const kernels::Run run{0, in};
    kernels::products<T>().inner(from, starts(in), rows, &run, 1, weight.as<T>(), in, out, bias, to, starts(out),
                                 false);
  }
  // Adds g^T x and the sum of g to `sums` (in + 1, width), or writes them.
  void add_sums(const T* x, int64_t in, const T* g, int64_t rows, bool add, T* sums) const {
    const auto& products = kernels::products<T>();
    const kernels::Columns<T> columns{g, width_, products.panel_width()};
    products.outer(x, starts(in), rows, taps_.data(), in, columns, width_, add, sums);
    T bias[kMost];
    const int64_t list[] = {0, rows};
    kernels::lists<T>().sums({list, nullptr, nullptr, g, width_}, 0, 1, bias);
    for (int64_t c = 0; c < width_; ++c) sums[in * width_ + c] = add ? sums[in * width_ + c] + bias[c] : bias[c];
  }
  // The gradients of a linear layer from such sums.
  void take(const T* sums, int64_t in, Tensor& dw, Tensor& db) const {
    dw = Tensor::empty({width_, in}, x_.dtype()), db = Tensor::empty({width_}, x_.dtype());
    T* w = dw.mutable_data<T>();
    for (int64_t o = 0; o < width_; ++o)
      for (int64_t k = 0; k < in; ++k) w[o * in + k] = sums[k * width_ + o];
    std::copy_n(sums + in * width_, width_, db.mutable_data<T>());
  }

  kernels::RowLists<T> lists_of(std::span<const int64_t> offsets, std::span<const int> columns, size_t layer,
                                const T* rows) const {
    return {offsets.data(), columns.data(), nullptr, rows, input_width(layer), T(layers_[layer].diagonal)};
  }
  // The output of the first linear layer of layer l, from the sums of a block.
  void hidden_units(size_t l, const Block& b, const MemoryBlock& weight, T* hidden) const {
    const int64_t in = input_width(l);
    product(sums_[l].data<T>() + b.row * in, in, b.rows, weight, layers_[l].bias1.template data<T>(), width_,
            hidden);
    kernels::elementwise<T>().relu(hidden, b.rows * width_, hidden);
  }

  const Tensor x_;
  const SparseMatrix adjacency_;
  const std::vector<int64_t> offsets_;
  std::vector<GinLayer> layers_;
  const detail::GraphBlocks blocks_;
  const int64_t width_;
  std::vector<int64_t> rows_of_width_, rows_of_input_, taps_;
  std::vector<Tensor> sums_, y_;  // for each layer: the inputs of its first linear layer and of its batch norm
  std::vector<GinNorm<T>> norms_;
};

bool takes(const GraphBatch& graphs, const std::vector<GinLayer>& layers) {
  const Tensor& x = graphs.x;
  if (layers.empty() || x.dim() != 2 || x.size(0) < kLeast || x.size(1) < 1 || x.size(1) > kMost) return false;
  const int64_t lanes = dispatch(x.dtype(), []<class T>(T) { return kernels::products<T>().vector_length; });
  const int64_t nodes = x.size(0), width = layers[0].weight1.size(0);
  if (width > kMost || width % lanes != 0) return false;
  int64_t in = x.size(1);
  for (const GinLayer& layer : layers) {
    const auto fits = [&](const Tensor& t, const Shape& shape) {
      return t.defined() && t.dtype() == x.dtype() && t.shape() == shape;
    };
    if (!layer.norm.training || !fits(layer.weight1, {width, in}) || !fits(layer.weight2, {width, width}))
      return false;
    for (const Tensor* t : {&layer.bias1, &layer.bias2, &layer.norm_weight, &layer.norm_bias, &layer.running_mean,
                            &layer.running_var})
      if (!fits(*t, {width})) return false;
    in = width;
  }
  const auto& ends = graphs.offsets;
  if (graphs.adjacency.rows() != nodes || graphs.adjacency.cols() != nodes || ends.empty() || ends.front() != 0 ||
      ends.back() != nodes || !std::is_sorted(ends.begin(), ends.end()))
    return false;
  const auto offsets = graphs.adjacency.offsets();
  const auto columns = graphs.adjacency.columns();
  for (size_t g = 0; g + 1 < ends.size(); ++g)
    for (int64_t k = offsets[size_t(ends[g])]; k < offsets[size_t(ends[g + 1])]; ++k)
      if (columns[size_t(k)] < ends[g] || columns[size_t(k)] >= ends[g + 1]) return false;
  return true;
}

}  // namespace

std::optional<Tensor> gin_sums(const GraphBatch& graphs, const std::vector<GinLayer>& layers) {
  if (!takes(graphs, layers)) return std::nullopt;
  std::vector<Tensor> inputs{graphs.x};
  for (const GinLayer& l : layers)
    inputs.insert(inputs.end(), {l.weight1, l.bias1, l.weight2, l.bias2, l.norm_weight, l.norm_bias});
  return dispatch(graphs.x.dtype(), [&]<class T>(T) {
    const auto pass = std::make_shared<Pass<T>>(graphs, layers);
    const Tensor out = pass->forward();
    if (!detail::wants_node(inputs.data(), inputs.size())) return out;
    return detail::attach_joint("gin_sums", out, inputs.data(), inputs.size(),
                                [pass](const Tensor& grad, const std::vector<bool>& needed) {
                                  return pass->backward(grad.contiguous(), needed[0]);
                                });
  });
}

}  // namespace nce
