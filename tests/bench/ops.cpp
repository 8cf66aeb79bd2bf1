#include "ops.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <numeric>

#include "nce/core/autograd.h"
#include "nce/core/kernels/winograd.h"
#include "nce/core/ops.h"
#include "nce/data/views/catalogue.h"
#include "nce/losses/nt_xent.h"
#include "nce/nn/optim/adam.h"
#include "nce/nn/optim/sgd.h"
#include "noise.h"

namespace nce::bench {
namespace {

using Tensors = std::vector<Tensor>;
constexpr double kGiga = 1e-9, kFloat = 4e-9;

Tensor leaf(const Shape& shape, uint64_t seed, bool wanted = true) {
  return Tensor::randn(shape, Key(seed)).set_requires_grad(wanted);
}

template <class F>
Run unrecorded(F f) {
  return [f]() mutable {
    NoGrad no_grad;
    f();
  };
}

// The backward pass alone: the graph is made once and kept.
Run backward_of(const Tensor& out, Tensors leaves) {
  return [out, grad = Tensor::randn(out.shape(), Key(9)), leaves]() mutable {
    for (Tensor& leaf : leaves) leaf.zero_grad();
    out.backward(grad, true);
  };
}

// f(leaves), forward and backward by those that want a gradient.
template <class Leaves, class F>
Ops both_passes(const std::string& name, const Work& forward, const Work& backward, Leaves leaves, F f) {
  return {{name + ", forward", forward, [=] { return unrecorded([f, x = leaves()]() mutable { f(x); }); }},
          {name + ", backward", backward, [=] {
             Tensors x = leaves();
             return backward_of(f(x), x);
           }}};
}

// A step of make(weights), which passes `passes` times over the memory of the parameters.
template <class Make>
Op descent_op(const char* name, const std::vector<int64_t>& sizes, double passes, Make make) {
  const int64_t total = std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
  return {fmt::format("{}, {:.2f}M parameters", name, 1e-6 * double(total)),
          {.gbyte = passes * kFloat * double(total)},
          [sizes, make] {
            const auto weights = std::make_shared<Tensors>();
            for (int64_t size : sizes) weights->push_back(leaf({size}, 1));
            nn::NamedTensors named;
            for (Tensor& w : *weights) w.set_grad(Tensor::randn(w.shape(), Key(2))), named.emplace_back("w", &w);
            return Run([weights, optimizer = std::shared_ptr<nn::Optimizer>(make(named))] { optimizer->step(); });
          }};
}

}  // namespace

Op gemm_op(int64_t m, int64_t n, int64_t k, bool ta, bool tb) {
  return {fmt::format("gemm {}{} {} x {} x {}", ta ? 't' : 'n', tb ? 't' : 'n', m, n, k),
          {.gflop = 2 * kGiga * double(m * n * k), .gbyte = kFloat * double(m * k + k * n + m * n)},
          [=] {
            const Tensor a = Tensor::randn(ta ? Shape{k, m} : Shape{m, k}, Key(1)),
                         b = Tensor::randn(tb ? Shape{n, k} : Shape{k, n}, Key(2));
            return Run([=] { matmul(ta ? t(a) : a, tb ? t(b) : b); });
          }};
}

Ops conv_ops(const Conv& c) {
  const int64_t side = (c.side - 1) / c.stride + 1, taps = c.kernel * c.kernel;
  const Shape x{c.images, c.side, c.side, c.in}, w{c.out, c.kernel, c.kernel, c.in};
  const double outputs = double(c.images * side * side * c.out), inputs = double(c.images * c.side * c.side * c.in),
               weights = double(c.out * taps * c.in);
  const Conv2dOptions options{.stride = c.stride, .padding = c.kernel / 2};
  Work work{.gflop = 2 * kGiga * outputs * double(taps * c.in), .gbyte = kFloat * (inputs + weights + outputs)};
  if (c.kernel == 3 && c.stride == 1 &&
      kernels::winograd_pays({c.images, c.side, c.side, c.in, c.out, side, side, 1, 1}))
    work.method_gflop = work.gflop / 4;
  const std::string name = c.name.empty() ? fmt::format("conv2d {}x{}{} {} x {}x{}x{} -> {}", c.kernel, c.kernel,
                                                        c.stride > 1 ? fmt::format("/{}", c.stride) : "", c.images,
                                                        c.side, c.side, c.in, c.out)
                                          : c.name;
  Ops ops{{name + ", forward", work,
           [=] { return unrecorded([=, x = leaf(x, 1), w = leaf(w, 2)] { conv2d(x, w, {}, options); }); }}};
  const auto add = [&](const char* direction, bool by_x) {
    ops.push_back({name + direction, work, [=] {
                     const Tensor from = leaf(x, 1, by_x), weight = leaf(w, 2, !by_x);
                     return backward_of(conv2d(from, weight, {}, options), {by_x ? from : weight});
                   }});
  };
  if (c.by_x) add(", by x", true);
  add(", by weight", false);
  return ops;
}

Ops norm_ops(const Norm& n) {
  struct Kind {
    const char* name;
    double forward, backward;                // passes over x's size
    std::function<Tensor(Tensors& x)> call;  // x, weight, bias, running mean and variance, what is added
  };
  static const std::array<Kind, 4> kinds{
      {{"batch_norm", 3, 5, [](auto& x) { return batch_norm(x[0], x[1], x[2], x[3], x[4]); }},
       {"batch_norm_relu", 3, 5, [](auto& x) { return batch_norm_relu(x[0], x[1], x[2], x[3], x[4]); }},
       {"batch_norm_add_relu", 4, 8,
        [](auto& x) { return batch_norm_add_relu(x[0], x[5], x[1], x[2], x[3], x[4]); }},
       {"batch_norm_relu_max_pool2d", 2.25, 3.5,
        [](auto& x) { return batch_norm_relu_max_pool2d(x[0], x[1], x[2], x[3], x[4]); }}}};
  const Kind& kind = kinds[size_t(n.then)];
  const Shape shape{n.images, n.side, n.side, n.channels};
  const double gbyte = kFloat * double(n.images * n.side * n.side * n.channels);
  const std::string name =
      n.name.empty() ? fmt::format("{} {} x {}x{}x{}", kind.name, n.images, n.side, n.side, n.channels) : n.name;
  const auto leaves = [shape, channels = n.channels, adds = n.then == Norm::add_relu] {
    Tensors x{leaf(shape, 1), leaf({channels}, 2), leaf({channels}, 3), Tensor::zeros({channels}),
              Tensor::zeros({channels})};
    if (adds) x.push_back(leaf(shape, 4));
    return x;
  };
  return both_passes(name, {.gbyte = kind.forward * gbyte}, {.gbyte = kind.backward * gbyte}, leaves, kind.call);
}

Ops linear_ops(const Linear& l) {
  const double gflop = 2 * kGiga * double(l.rows * l.in * l.out), inputs = double(l.rows * l.in),
               outputs = double(l.rows * l.out), weights = double(l.in * l.out), gradients = l.by_x ? 2 : 1;
  const auto leaves = [l] {
    return Tensors{leaf({l.rows, l.in}, 1, l.by_x), leaf({l.out, l.in}, 2), leaf({l.out}, 3)};
  };
  return both_passes(l.name, {.gflop = gflop, .gbyte = kFloat * (inputs + weights + outputs)},
                     {.gflop = gradients * gflop, .gbyte = kFloat * (gradients * (inputs + weights) + outputs)},
                     leaves, [with_relu = l.relu](const Tensors& x) {
                       const Tensor y = linear(x[0], x[1], x[2]);
                       return with_relu ? relu(y) : y;
                     });
}

Ops mean_ops(int64_t images, int64_t side, int64_t channels) {
  const Shape shape{images, side, side, channels};
  const Work work{.gbyte = kFloat * double(images * side * side * channels)};
  return both_passes(
      fmt::format("mean over the image {} x {}x{}x{}", images, side, side, channels), work, work,
      [shape] { return Tensors{leaf(shape, 1)}; }, [](const Tensors& x) { return global_avg_pool2d(x[0]); });
}

Op add_op(const std::string& name, int64_t elements) {
  return {name, {.gbyte = 3 * kFloat * double(elements)}, [=] {
            return unrecorded([a = leaf({elements}, 1), b = leaf({elements}, 2)] { add(a, b); });
          }};
}

Op nt_xent_op(int64_t rows) {
  return {
      fmt::format("nt_xent of {} rows, both ways", rows), {.gflop = 3 * kGiga * double(rows * rows) * 128}, [=] {
        return Run([z1 = leaf({rows / 2, 128}, 1), z2 = leaf({rows / 2, 128}, 2)]() mutable {
          z1.zero_grad(), z2.zero_grad();
          losses::nt_xent(z1, z2, {.temperature = 0.5}).backward();
        });
      }};
}

Op sgd_op(const std::vector<int64_t>& sizes) {
  return descent_op("SGD with momentum", sizes, 5, [](const nn::NamedTensors& weights) {
    return std::make_unique<nn::SGD>(weights, nn::SgdOptions{.lr = 1e-6, .momentum = 0.9});
  });
}

Op adamw_op(const std::vector<int64_t>& sizes) {
  return descent_op("AdamW", sizes, 7,
                    [](const nn::NamedTensors& weights) { return std::make_unique<nn::AdamW>(weights); });
}

Op augment_op(int views, const std::string& transform) {
  return {
      fmt::format("augment_batch {} x 32x32x3", views), {.gbyte = 5 * kGiga * double(views) * 32 * 32 * 3}, [=] {
        std::vector<int> all(size_t(views), 0);
        std::iota(all.begin(), all.end(), 0);
        const std::vector<uint64_t> numbers(all.begin(), all.end());
        data::Pipeline list = transform.empty() ? data::simclr_views() : data::make_pipeline({transform});
        for (const Option& option : list_options(list))
          if (option.name == transform) set_options(list, {{transform, "1"}});
        return Run([set = noise_images(views), all, numbers, list, out = Tensor::empty({views, 32, 32, 3}),
                    key = uint64_t(0)]() mutable {
          const data::ViewOfBatch view{&list, Key(++key), out.mutable_data<float>()};
          data::augment_batch(set, all, numbers, kCifar10, {&view, 1});
        });
      }};
}

}  // namespace nce::bench
