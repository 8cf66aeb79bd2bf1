// nce_bench_ops: times the hot kernels one by one beside the machine's two floors, or a training step as the sum of its
// operations. report.h and ops.h say what is counted.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "arguments.h"
#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/losses/engine/pairwise.h"
#include "ops.h"
#include "profile.h"
#include "report.h"

using namespace nce;
using namespace nce::bench;

namespace {

constexpr const char* kUsage =
    "usage: nce_bench_ops [--json] [--threads N] [--step NETWORK [--views N]] [part of a name ...]; --help says "
    "more";
constexpr const char* kHelp =
    "usage: nce_bench_ops [options] [part of a name ...]\n\n"
    "Times the hot kernels beside the machine's floors: those whose name has one of the parts in it, or all.\n\n"
    "  --step conv4|resnet18|mlp  time the operations of a training step instead, by their share of its time\n"
    "  --views N                  views that the step takes, an even number\n"
    "  --threads N                threads; default: one per CPU\n"
    "  --json                     one JSON object per line instead of a table\n"
    "  --list                     only the names of the kernels\n"
    "  -h, --help                 this\n";

void append(Ops& ops, const Ops& more) { ops.insert(ops.end(), more.begin(), more.end()); }

Tensor eye(int64_t n) {
  Tensor mask = Tensor::zeros({n, n});
  for (int64_t i = 0; i < n; ++i) mask.mutable_data<float>()[i * n + i] = 1;
  return mask;
}

// The engine of the losses: forward alone, and both ways. And the same from ordinary operations on a dense matrix.
void add_pairs(Ops& ops, int64_t rows, bool dense) {
  const double products = 1e-9 * double(rows * rows) * 128;
  const auto both_ways = [rows](auto reduce) {
    return [rows, reduce] {
      return Run([z = Tensor::randn({rows, 128}, Key(1)).set_requires_grad(true), reduce]() mutable {
        z.zero_grad();
        mean(reduce(normalize(z))).backward();
      });
    };
  };
  ops.push_back({fmt::format("logsumexp_pairs {}, forward", rows), {.gflop = products}, [rows] {
                   return Run([z = normalize(Tensor::randn({rows, 128}, Key(1)))] { losses::logsumexp_pairs(z); });
                 }});
  ops.push_back({fmt::format("logsumexp_pairs {}, both passes", rows),
                 {.gflop = 3 * products},
                 both_ways([](const Tensor& x) { return losses::logsumexp_pairs(x); })});
  if (dense)
    ops.push_back({fmt::format("the same, dense, {}, both passes", rows),
                   {.gflop = 3 * products},
                   both_ways([](const Tensor& x) {
                     return logsumexp(masked_fill(matmul(x, t(x)), eye(x.size(0)), -INFINITY), 1);
                   })});
}

void add_unary(Ops& ops, const char* name, Tensor (*f)(const Tensor&)) {
  constexpr int64_t kSize = int64_t{1} << 24;
  ops.push_back({fmt::format("{} 16M, forward", name), {.gbyte = 8e-9 * double(kSize)}, [f] {
                   return Run([f, x = Tensor::randn({kSize}, Key(1))] { f(x); });
                 }});
}

Ops hot_kernels() {
  Ops ops{gemm_op(1024, 1024, 1024, false, false), gemm_op(1024, 512, 784, false, true),
          gemm_op(512, 784, 1024, true, false), gemm_op(4096, 128, 1152, false, true)};
  for (const Conv& conv :
       std::initializer_list<Conv>{{.images = 512, .side = 32, .in = 3, .out = 32, .by_x = false},
                                   {.images = 512, .side = 28, .in = 1, .out = 32, .by_x = false},
                                   {.images = 512, .side = 32, .in = 8, .out = 16},
                                   {.images = 512, .side = 16, .in = 32, .out = 64},
                                   {.images = 512, .side = 8, .in = 64, .out = 128},
                                   {.images = 512, .side = 4, .in = 128, .out = 128},
                                   {.images = 128, .side = 32, .in = 3, .out = 64, .by_x = false},
                                   {.images = 128, .side = 32, .in = 64, .out = 64},
                                   {.images = 128, .side = 32, .in = 64, .out = 128, .stride = 2},
                                   {.images = 128, .side = 32, .in = 64, .out = 128, .kernel = 1, .stride = 2},
                                   {.images = 128, .side = 16, .in = 128, .out = 128},
                                   {.images = 128, .side = 8, .in = 256, .out = 256},
                                   {.images = 128, .side = 4, .in = 512, .out = 512}})
    append(ops, conv_ops(conv));
  append(ops, norm_ops({.then = Norm::relu_max_pool, .images = 512, .side = 32, .channels = 32}));
  for (const auto then : {Norm::relu, Norm::add_relu, Norm::relu_max_pool})
    append(ops, norm_ops({.then = then, .images = 128, .side = 32, .channels = 64}));
  append(ops, mean_ops(128, 4, 512));
  for (const int64_t rows : {512, 2048, 8192}) ops.push_back(nt_xent_op(rows));
  for (const int64_t rows : {512, 2048, 4096, 8192}) add_pairs(ops, rows, rows <= 4096);
  ops.push_back(spmm_op(1 << 16, 8, 64)), ops.push_back(embedding_bag_op(1 << 17, 256, 512, 64));
  ops.push_back(attention_op(512, 32, 128, 4));
  ops.push_back(augment_op(1024));
  add_unary(ops, "relu", relu), add_unary(ops, "exp", exp);
  ops.push_back(adamw_op({11'000'000}));
  ops.push_back(sgd_op({11'000'000}));
  return ops;
}

int run(Arguments left) {
  bool json = false, list = false;
  int64_t threads = 0, views = 0;
  std::string encoder;
  std::vector<std::string> parts;
  while (left.more()) {
    if (left.flag("--help") || left.flag("-h")) return fmt::print("{}", kHelp), 0;
    if (left.flag("--json")) {
      json = true;
    } else if (left.flag("--list")) {
      list = true;
    } else if (left.number("--threads", 1024, threads)) {
      set_num_threads(int(threads));
    } else if (!left.choice("--step", {"conv4", "resnet18", "mlp"}, encoder) && !left.views("--views", views)) {
      parts.push_back(left.word());
    }
  }
  if (views > 0 && encoder.empty()) throw Usage("--views belongs to --step");
  if (!encoder.empty() && (!parts.empty() || list)) throw Usage("--step takes all of its operations");
  if (!encoder.empty()) return profile(encoder, views, json), 0;

  Ops ops = hot_kernels();
  const auto asked = [](const Op& op, const std::string& part) { return op.name.find(part) != std::string::npos; };
  for (const std::string& part : parts)
    if (std::none_of(ops.begin(), ops.end(), [&](const Op& op) { return asked(op, part); }))
      throw Usage(fmt::format("no kernel has '{}' in its name", part));
  if (!parts.empty())
    std::erase_if(ops, [&](const Op& op) {
      return std::none_of(parts.begin(), parts.end(), [&](const auto& part) { return asked(op, part); });
    });
  if (list) {
    for (const Op& op : ops) fmt::print("{}\n", op.name);
    return 0;
  }
  const Report report(58, json);
  for (const Op& op : ops) report.row(op.name, op.work, measure(op.make(), 0.3));
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return run_program("nce_bench_ops", kUsage, run, argc, argv); }
