// nce_bench_ops: the hot kernels one by one, beside the two floors of the machine.
//
//   nce_bench_ops [--threads N] [part of a name]
//
// Operations are those of the plain method (a convolution by Winograd's may be above the peak), bytes those of reading
// every input and writing every output once; the fraction is of the floor that is higher.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "machine.h"
#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/instructions.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/losses/pairwise.h"
#include "nce/nn/optim.h"

using namespace nce;

namespace {

struct Op {
  std::string name;
  double gflop, gbyte;
  std::function<void()> run;
};

Tensor random_leaf(const Shape& shape, uint64_t seed, bool wanted = true) {
  return Tensor::randn(shape, Key(seed)).set_requires_grad(wanted);
}

double gbytes(std::initializer_list<const Tensor*> tensors) {
  double bytes = 0;
  for (const Tensor* t : tensors) bytes += 4e-9 * double(t->numel());
  return bytes;
}

// The backward pass alone: the graph is made once and kept.
std::function<void()> backward_of(const Tensor& out, std::vector<Tensor> leaves) {
  return [out, grad = Tensor::randn(out.shape(), Key(9)), leaves]() mutable {
    for (Tensor& leaf : leaves) leaf.zero_grad();
    out.backward(grad, true);
  };
}

void add_gemm(std::vector<Op>& ops, int64_t m, int64_t n, int64_t k, bool ta, bool tb) {
  const Tensor a = Tensor::randn(ta ? Shape{k, m} : Shape{m, k}, Key(1)),
               b = Tensor::randn(tb ? Shape{n, k} : Shape{k, n}, Key(2));
  ops.push_back({fmt::format("gemm {}{} {} x {} x {}", ta ? 't' : 'n', tb ? 't' : 'n', m, n, k),
                 2e-9 * double(m * n * k), 4e-9 * double(m * k + k * n + m * n),
                 [=] { matmul(ta ? t(a) : a, tb ? t(b) : b); }});
}

void add_conv(std::vector<Op>& ops, int64_t images, int64_t side, int64_t in, int64_t out, int64_t stride) {
  const Conv2dOptions options{.stride = stride, .padding = 1};
  const std::string name = fmt::format("conv2d 3x3{} {} x {}x{}x{} -> {}",
                                       stride > 1 ? fmt::format("/{}", stride) : "", images, side, side, in, out);
  const Tensor x = random_leaf({images, side, side, in}, 1, false), w = random_leaf({out, 3, 3, in}, 2, false);
  const Tensor y = conv2d(x, w, {}, options);
  const double gflop = 2e-9 * double(y.numel() * 9 * in), gbyte = gbytes({&x, &w, &y});
  ops.push_back({name + ", forward", gflop, gbyte, [=] { conv2d(x, w, {}, options); }});
  const Tensor xg = random_leaf({images, side, side, in}, 1), wg = random_leaf({out, 3, 3, in}, 2);
  ops.push_back({name + ", by x", gflop, gbyte, backward_of(conv2d(xg, w, {}, options), {xg})});
  ops.push_back({name + ", by weight", gflop, gbyte, backward_of(conv2d(x, wg, {}, options), {wg})});
}

void add_batch_norm(std::vector<Op>& ops, int64_t images, int64_t side, int64_t channels) {
  const Tensor x = random_leaf({images, side, side, channels}, 1), weight = random_leaf({channels}, 2),
               bias = random_leaf({channels}, 3);
  Tensor none;
  const std::string shape = fmt::format("{} x {}x{}x{}", images, side, side, channels);
  const auto add = [&](const std::string& name, auto f, double forward, double backward) {
    const double gbyte = 4e-9 * double(x.numel());
    ops.push_back({name + " " + shape + ", forward", 0, forward * gbyte, [f]() mutable {
                     NoGrad no_grad;
                     f();
                   }});
    ops.push_back({name + " " + shape + ", backward", 0, backward * gbyte, backward_of(f(), {x, weight, bias})});
  };
  // Forward x is read for its statistics, read again and y written; backward x and the gradient are read twice.
  add(
      "batch_norm_relu", [=]() mutable { return batch_norm_relu(x, weight, bias, none, none); }, 3, 5);
  add(
      "batch_norm_relu_max_pool2d",
      [=]() mutable { return batch_norm_relu_max_pool2d(x, weight, bias, none, none); }, 2.25, 3.5);
}

Tensor eye(int64_t n) {
  Tensor mask = Tensor::zeros({n, n});
  for (int64_t i = 0; i < n; ++i) mask.mutable_data<float>()[i * n + i] = 1;
  return mask;
}

std::vector<Op> all_ops() {
  std::vector<Op> ops;
  add_gemm(ops, 1024, 1024, 1024, false, false);
  add_gemm(ops, 1024, 512, 784, false, true);
  add_gemm(ops, 512, 784, 1024, true, false);
  add_gemm(ops, 4096, 128, 1152, false, true);
  add_conv(ops, 512, 32, 3, 32, 1);
  add_conv(ops, 512, 16, 32, 64, 1);
  add_conv(ops, 512, 8, 64, 128, 1);
  add_conv(ops, 512, 4, 128, 128, 1);
  add_conv(ops, 128, 32, 64, 64, 1);
  add_conv(ops, 128, 32, 64, 128, 2);
  add_conv(ops, 128, 16, 128, 128, 1);
  add_conv(ops, 128, 8, 256, 256, 1);
  add_conv(ops, 128, 4, 512, 512, 1);
  add_batch_norm(ops, 512, 32, 32);
  add_batch_norm(ops, 128, 32, 64);
  for (int64_t rows : {2048, 8192}) {
    const Tensor z = normalize(Tensor::randn({rows, 128}, Key(1))).detach().set_requires_grad(true);
    const double products = 1e-9 * double(rows * rows) * 128,
                 gbyte = gbytes({&z});  // s is symmetric: half of 2 N^2 d
    ops.push_back({fmt::format("logsumexp_pairs {}, forward", rows), products, gbyte, [=] {
                     NoGrad no_grad;
                     losses::logsumexp_pairs(z);
                   }});
    ops.push_back({fmt::format("logsumexp_pairs {}, backward", rows), 2 * products, 2 * gbyte,
                   backward_of(losses::logsumexp_pairs(z), {z})});
  }
  for (int64_t rows : {512, 2048, 4096}) {  // the whole loss, streamed and by ordinary operations on a dense matrix
    const Tensor z = random_leaf({rows, 128}, 1);
    const double products = 3e-9 * double(rows * rows) * 128, gbyte = 3 * gbytes({&z});
    const auto both_ways = [z](auto reduce) {
      return [z = z, reduce]() mutable {
        z.zero_grad();
        mean(reduce(normalize(z))).backward();
      };
    };
    ops.push_back({fmt::format("logsumexp_pairs {}, both passes", rows), products, gbyte,
                   both_ways([](const Tensor& x) { return losses::logsumexp_pairs(x); })});
    ops.push_back(
        {fmt::format("the same, dense, {}, both passes", rows), products, gbyte, both_ways([](const Tensor& x) {
           return logsumexp(masked_fill(matmul(x, t(x)), eye(x.size(0)), -INFINITY), 1);
         })});
  }
  const Tensor big = random_leaf({int64_t{1} << 24}, 1);
  ops.push_back({"relu 16M, forward", 0, 2 * gbytes({&big}), [=] {
                   NoGrad no_grad;
                   relu(big);
                 }});
  ops.push_back({"exp 16M, forward", 0, 2 * gbytes({&big}), [=] {
                   NoGrad no_grad;
                   exp(big);
                 }});
  struct Descent {
    Tensor w = random_leaf({11'000'000}, 1);
    nn::AdamW adamw{{{"w", &w}}, {}};
    nn::SGD sgd{{{"w", &w}}, {.lr = 0.01, .momentum = 0.9}};
    Descent() { w.set_grad(Tensor::randn(w.shape(), Key(2))); }
  };
  const auto descent = std::make_shared<Descent>();
  ops.push_back({"AdamW::step 11M", 0, 7 * gbytes({&descent->w}), [=] { descent->adamw.step(); }});
  ops.push_back({"SGD::step 11M, momentum", 0, 5 * gbytes({&descent->w}), [=] { descent->sgd.step(); }});
  return ops;
}

double median_ms(const std::function<void()>& run) {
  using Clock = std::chrono::steady_clock;
  run();
  std::vector<double> times;
  for (double total = 0; times.size() < 5 || (total < 300 && times.size() < 200);) {
    const auto start = Clock::now();
    run();
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    total += times.back();
  }
  std::nth_element(times.begin(), times.begin() + int64_t(times.size() / 2), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  std::string part;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--threads") == 0 && i + 1 < argc && std::atoi(argv[i + 1]) > 0) {
      set_num_threads(std::atoi(argv[++i]));
    } else if (argv[i][0] != '-') {
      part = argv[i];
    } else {
      std::fprintf(stderr, "usage: nce_bench_ops [--threads N] [part of a name]\n");
      return 2;
    }
  }
  const double peak = bench::peak_gflops(), memory = bench::memory_gbytes();
  std::printf("%d threads, %s kernels, %s matrix kernels; peak %.0f GFLOP/s, memory %.0f GB/s\n\n", num_threads(),
              instructions().c_str(), blas_kernels().c_str(), peak, memory);
  std::printf("%-58s %9s %9s %7s %9s\n", "", "ms", "GFLOP/s", "GB/s", "of floor");
  for (const Op& op : all_ops()) {
    if (op.name.find(part) == std::string::npos) continue;
    const double ms = median_ms(op.run), floor = 1000 * std::max(op.gflop / peak, op.gbyte / memory);
    std::printf("%-58s %9.3f %9.1f %7.1f %8.0f%%\n", op.name.c_str(), ms, 1000 * op.gflop / ms,
                1000 * op.gbyte / ms, 100 * floor / ms);
    std::fflush(stdout);
  }
  return 0;
}
