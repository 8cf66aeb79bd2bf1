// nce_bench_errors: the rounding error of every fast path.
//
//   nce_bench_errors [--markdown] [part of a name]
//
// Each path runs in f32 on fixed random numbers. Beside it, loops and ordinary operations (plain.h) compute the same in
// f32 and in f64. Errors are distances from f64, as root mean square and largest, in units of the values' root mean
// square. "times" is the fast path's error over the plain one's. Then come functions of one number over their range,
// in units in the last place. NCE_INSTRUCTIONS=avx2 (sse4, scalar) chooses the instruction set.
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "arguments.h"
#include "nce/core/blas.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/core/kernels/winograd.h"
#include "nce/core/ops.h"
#include "nce/data/views/colour.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sig_lip.h"
#include "nce/nn/optim/adam.h"
#include "nce/nn/optim/sgd.h"
#include "plain.h"
#include "plain_images.h"
#include "support/both_ways.h"
#include "support/error_of.h"

using namespace nce;
using namespace nce::bench;
using test::in, test::slope, test::Tensors;

namespace {

using Function = std::function<Tensors(const Tensors&)>;

struct Path {
  std::string name, shape;
  std::vector<std::string> results;  // what `fast` and `plain` return
  Tensors inputs;                    // f32
  Function fast, plain;              // `plain` in the precision of what it is given
};

// The value of f and its gradients by its inputs.
Function both_ways(std::function<Tensor(const Tensors&)> f) {
  return [f](const Tensors& inputs) { return test::both_ways(f, inputs); };
}

// The value of f alone.
Function forward(std::function<Tensor(const Tensors&)> f) {
  return [f](const Tensors& inputs) { return Tensors{f(inputs)}; };
}

void add_matmul(std::vector<Path>& paths, int64_t m, int64_t n, int64_t k) {
  paths.push_back({"matmul",
                   fmt::format("{} x {} x {}", m, n, k),
                   {"forward"},
                   {Tensor::randn({m, k}, Key(1)), Tensor::randn({k, n}, Key(2))},
                   forward([](auto& x) { return matmul(x[0], x[1]); }),
                   forward([](auto& x) { return plain::matmul(x[0], x[1]); })});
}

void add_conv(std::vector<Path>& paths, int64_t images, int64_t side, int64_t c, int64_t o, int64_t stride = 1) {
  const Conv2dOptions options{.stride = stride, .padding = 1};
  const bool minimal = stride == 1 && kernels::winograd_pays({images, side, side, c, o, side, side, 1, 1});
  paths.push_back({minimal      ? "conv2d 3x3, Winograd"
                   : stride > 1 ? "conv2d 3x3/2, direct"
                                : "conv2d 3x3, direct",
                   fmt::format("{} x {}x{}x{} -> {}", images, side, side, c, o),
                   {"forward", "by x", "by weight"},
                   {Tensor::randn({images, side, side, c}, Key(1)), Tensor::randn({o, 3, 3, c}, Key(2))},
                   both_ways([=](const Tensors& x) { return conv2d(x[0], x[1], {}, options); }),
                   [=](const Tensors& x) {
                     const int64_t to = (side - 1) / stride + 1;
                     return plain::conv2d(x[0], x[1], slope({images, to, to, o}, x[0].dtype()), options);
                   }});
}

// x around `mean`. The seeds are such that rounding moves no value over a kink of ReLU or pooling.
void add_batch_norm(std::vector<Path>& paths, double mean) {
  const Shape shape{16, 16, 16, 16};
  const Tensor x = Tensor::randn(shape, Key(1)) + mean, weight = Tensor::randn({16}, Key(2)),
               bias = Tensor::randn({16}, Key(3));
  const auto add = [&](const char* name, auto fast, auto plain, Tensors more = {}) {
    Path path{name,
              fmt::format("16 x 16x16x16, mean {}", mean),
              {"forward", "by x", "by weight", "by bias"},
              {x, weight, bias},
              both_ways(fast),
              both_ways(plain)};
    if (!more.empty()) path.inputs.push_back(more[0]), path.results.push_back("by added");
    paths.push_back(std::move(path));
  };
  Tensor none;
  const auto normalise = [](const Tensors& x) { return plain::batch_norm(x[0], x[1], x[2]); };
  add(
      "batch_norm", [=](auto& x) mutable { return batch_norm(x[0], x[1], x[2], none, none); }, normalise);
  if (mean > 100) return;
  add(
      "batch_norm_relu", [=](auto& x) mutable { return batch_norm_relu(x[0], x[1], x[2], none, none); },
      [=](auto& x) { return relu(normalise(x)); });
  add(
      "batch_norm_add_relu",
      [=](auto& x) mutable { return batch_norm_add_relu(x[0], x[3], x[1], x[2], none, none); },
      [=](auto& x) { return relu(normalise(x) + x[3]); }, {Tensor::randn(shape, Key(4))});
  add(
      "batch_norm_relu_max_pool2d",
      [=](auto& x) mutable { return batch_norm_relu_max_pool2d(x[0], x[1], x[2], none, none); },
      [=](auto& x) { return max_pool2d(relu(normalise(x))); });
}

void add_rows(std::vector<Path>& paths) {
  const auto add = [&](const char* name, const Tensor& x, std::vector<std::string> results, Function fast,
                       Function plain) {
    paths.push_back({name, fmt::format("{} x {}", x.size(0), x.size(1)), std::move(results), {x}, fast, plain});
  };
  const Tensor uniform = Tensor::uniform({4, 1 << 20}, 0, 1, Key(1)),
               logits = Tensor::randn({16, 1 << 16}, Key(1)) * 5.0;
  add("sum of rows", uniform, {"forward"}, forward([](auto& x) { return sum(x[0], 1); }),
      forward([](auto& x) { return squeeze(plain::sum(x[0]), 1); }));
  add("sum of columns", Tensor::uniform({1 << 17, 32}, 0, 1, Key(2)), {"forward"},
      forward([](auto& x) { return sum(x[0], 0); }),
      forward([](auto& x) { return squeeze(plain::sum(t(x[0])), 1); }));
  add("logsumexp", logits, {"forward", "by x"},
      both_ways([](const Tensors& x) { return logsumexp(x[0], 1, true); }), [](const Tensors& x) {
        return Tensors{plain::logsumexp(x[0]), plain::softmax(x[0]) * slope({x[0].size(0), 1}, x[0].dtype())};
      });
  add("softmax", logits, {"forward"}, forward([](auto& x) { return softmax(x[0]); }),
      forward([](auto& x) { return plain::softmax(x[0]); }));
  add("log_softmax", logits, {"forward"}, forward([](auto& x) { return log_softmax(x[0]); }),
      forward([](auto& x) { return x[0] - plain::logsumexp(x[0]); }));
  add("normalize", Tensor::randn({2048, 128}, Key(1)), {"forward", "by x"},
      both_ways([](const Tensors& x) { return normalize(x[0]); }), [](const Tensors& x) {
        const Tensor y = plain::normalize(x[0]);
        return Tensors{y, plain::normalize_by_x(x[0], y, slope(y.shape(), y.dtype()))};
      });
}

// Two views, `rows` rows in all. The two views of a pair share half of their values.
void add_nt_xent(std::vector<Path>& paths, int64_t rows, double temperature) {
  const Tensor shared = Tensor::randn({rows / 2, 128}, Key(1));
  paths.push_back({"nt_xent",
                   fmt::format("{} x 128, temperature {}", rows, temperature),
                   {"forward", "by z"},
                   {concatenate({shared, shared}) + Tensor::randn({rows, 128}, Key(2))},
                   [=](const Tensors& x) {
                     const Tensor z = x[0].clone().set_requires_grad(true);
                     const Tensor loss = losses::nt_xent(slice(z, 0, 0, rows / 2), slice(z, 0, rows / 2, rows),
                                                         {.temperature = temperature});
                     loss.backward();
                     return Tensors{loss.detach(), z.grad()};
                   },
                   [=](const Tensors& x) { return plain::nt_xent(x[0], temperature); }});
}

// A sum over all pairs. Matching pairs are close, the others far apart.
void add_sig_lip(std::vector<Path>& paths, int64_t rows) {
  const Tensor z = Tensor::randn({rows, 128}, Key(1));
  paths.push_back({"sig_lip",
                   fmt::format("{} x 128 twice, temperature 0.1", rows),
                   {"forward", "by z1", "by z2"},
                   {z, z + Tensor::randn({rows, 128}, Key(2))},
                   both_ways([](auto& x) { return losses::sig_lip(x[0], x[1]); }),
                   both_ways([](auto& x) { return plain::sig_lip(x[0], x[1]); })});
}

void add_optimisers(std::vector<Path>& paths) {
  constexpr int kSteps = 100;
  const Tensor start = Tensor::randn({20000}, Key(1));
  const auto gradients = [](const Shape& shape, DType dtype) {
    return [=](int step) { return Tensor::randn(shape, Key(2).fold(uint64_t(step))).to(dtype); };
  };
  const auto add = [&](const char* name, auto make, auto plain) {
    paths.push_back({name,
                     "20000, 100 steps",
                     {"weights"},
                     {start},
                     forward([=](auto& x) {
                       Tensor w = x[0].clone().set_requires_grad(true);
                       const auto optimiser = make(nn::NamedTensors{{"w", &w}});
                       const auto gradient = gradients(w.shape(), w.dtype());
                       for (int step = 1; step <= kSteps; ++step) w.set_grad(gradient(step)), optimiser->step();
                       return w.detach();
                     }),
                     forward([=](auto& x) { return plain(x[0], kSteps, gradients(x[0].shape(), x[0].dtype())); })});
  };
  add(
      "AdamW", [](const nn::NamedTensors& w) { return std::make_unique<nn::AdamW>(w); },
      [](auto&&... arguments) { return plain::adamw(arguments...); });
  add(
      "SGD, momentum",
      [](const nn::NamedTensors& w) {
        return std::make_unique<nn::SGD>(w, nn::SgdOptions{.lr = 0.01, .momentum = 0.9});
      },
      [](auto&&... arguments) { return plain::sgd(arguments...); });
}

// Calls apply(i, planes of image i) on a copy of the images, planes of columns (n, channels, width, height).
template <class Apply>
Tensor transformed(const Tensor& images, Apply apply) {
  auto values = images.to_vector<float>();
  const int64_t size = images.numel() / images.size(0);
  for (int64_t i = 0; i < images.size(0); ++i)
    apply(i, data::Planes{.data = values.data() + i * size,
                          .height = int(images.size(3)),
                          .width = int(images.size(2)),
                          .channels = int(images.size(1))});
  return Tensor::from(values, images.shape());
}

void add_images(std::vector<Path>& paths) {
  constexpr int kCount = 16, kSide = 32;
  std::vector<float> bytes;
  std::vector<data::Box> boxes;
  Random random{Key(1)};
  for (int i = 0; i < kCount * 3 * kSide * kSide; ++i) bytes.push_back(float(random.below(256)));
  for (int i = 0; i < kCount; ++i) {
    data::Box box{.height = 1 + int(random.below(kSide)), .width = 1 + int(random.below(kSide))};
    box.top = int(random.below(uint32_t(kSide - box.height + 1)));
    box.left = int(random.below(uint32_t(kSide - box.width + 1)));
    boxes.push_back(box);
  }
  const Tensor whole = Tensor::from(bytes, {kCount, 3, kSide, kSide});
  const std::string shape = fmt::format("{} x {}x{}x3", kCount, kSide, kSide);
  paths.push_back({"resized_crop, bicubic",
                   shape,
                   {"forward"},
                   {whole},
                   forward([=](auto& x) {
                     const auto rows = permute(x[0], {0, 3, 2, 1}).template to_vector<float>();
                     const std::vector<uint8_t> pixels(rows.begin(), rows.end());
                     return transformed(x[0], [&](int64_t i, const data::Planes& out) {
                       data::resized_crop(pixels.data() + i * 3 * kSide * kSide, kSide, kSide, boxes[size_t(i)],
                                          out);
                     });
                   }),
                   forward([=](auto& x) { return plain::resized_crop(x[0], boxes); })});
  const auto add = [&](const char* name, auto apply, auto plain, float argument) {
    paths.push_back({name,
                     shape,
                     {"forward"},
                     {whole / 255},
                     forward([=](auto& x) {
                       return transformed(x[0],
                                          [=](int64_t, const data::Planes& image) { apply(image, argument); });
                     }),
                     forward([=](auto& x) { return plain(x[0], argument); })});
  };
  add("adjust_contrast", data::adjust_contrast, plain::contrast, 1.3f);
  add("adjust_saturation", data::adjust_saturation, plain::saturation, 0.7f);
  add("adjust_hue", data::adjust_hue, plain::hue, 0.07f);
}

std::vector<Path> all_paths() {
  std::vector<Path> paths;
  add_matmul(paths, 256, 256, 784);
  add_matmul(paths, 128, 128, 8192);
  add_conv(paths, 64, 32, 3, 32);
  add_conv(paths, 16, 16, 8, 64);
  add_conv(paths, 8, 16, 64, 128, 2);
  add_conv(paths, 32, 16, 32, 32);
  add_conv(paths, 16, 16, 64, 64);
  add_conv(paths, 16, 8, 128, 128);
  add_conv(paths, 4, 8, 256, 256);
  add_conv(paths, 4, 4, 512, 512);
  add_batch_norm(paths, 3);
  add_batch_norm(paths, 1000);
  add_rows(paths);
  for (int64_t rows : {512, 2048, 8192})
    for (double temperature : {0.5, 0.1}) add_nt_xent(paths, rows, temperature);
  add_sig_lip(paths, 1024);
  add_optimisers(paths);
  add_images(paths);
  return paths;
}

// ---- functions of one number

struct Curve {
  const char* name;
  float low, high;
  void (*fast)(const float* x, int64_t n, float* y);
  double (*plain)(double x);
  float (*plain_f32)(float x);
};

template <class T>
T sigmoid_of(T x) {
  return 1 / (1 + std::exp(-x));
}
template <class T>
T softplus_of(T x) {
  return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x)));
}

template <class T>
T gelu_of(T x) {
  return x * std::erfc(-x * T(std::numbers::sqrt2 / 2)) / 2;
}

// The kernel for the instruction set that is chosen when it is called.
template <auto kernel>
void call(const float* x, int64_t n, float* y) {
  (kernels::elementwise<float>().*kernel)(x, n, y);
}
using Kernels = kernels::Elementwise<float>;

// Where results are finite and not subnormal.
const Curve kCurves[] = {
    {"exp", -87.3f, 88.7f, call<&Kernels::exp>, std::exp, std::exp},
    {"sigmoid", -87.3f, 88, call<&Kernels::sigmoid>, sigmoid_of<double>, sigmoid_of<float>},
    {"softplus", -87.3f, 88, call<&Kernels::softplus>, softplus_of<double>, softplus_of<float>},
    {"gelu", -12.5f, 88, call<&Kernels::gelu>, gelu_of<double>, gelu_of<float>},
};

// The largest errors over a million numbers of the range, in units in the last place.
std::array<double, 2> largest_ulps(const Curve& curve) {
  const auto x = Tensor::uniform({1 << 20}, curve.low, curve.high, Key(1)).to_vector<float>();
  std::vector<float> y(x.size());
  curve.fast(x.data(), int64_t(x.size()), y.data());
  std::array<double, 2> largest{};
  for (size_t i = 0; i < x.size(); ++i) {
    const double exact = curve.plain(double(x[i])), unit = std::exp2(std::floor(std::log2(std::abs(exact))) - 23);
    largest[0] = std::max(largest[0], std::abs(double(y[i]) - exact) / unit);
    largest[1] = std::max(largest[1], std::abs(double(curve.plain_f32(x[i])) - exact) / unit);
  }
  return largest;
}

int run(Arguments left) {
  bool markdown = false;
  std::string part;
  while (left.more())
    if (left.flag("--markdown"))
      markdown = true;
    else
      part = left.word();
  const char* row = markdown ? "| %s | %s | %s | %s | %s | %s | %s |\n" : "%-37s %-32s %8s %8s %8s %8s %7s\n";
  std::printf("%s\n", kernels_in_use().c_str());
  if (const std::string notice = blas_notice(); !notice.empty()) std::printf("%s\n", notice.c_str());
  std::printf("\n");
  std::printf(row, "path", "shape", "rms", "largest", "plain rms", "largest", "times");
  if (markdown) std::printf("| --- | --- | --- | --- | --- | --- | --- |\n");
  for (const Path& path : all_paths()) {
    if (path.name.find(part) == std::string::npos) continue;
    const Tensors ours = path.fast(path.inputs), plain = path.plain(path.inputs),
                  exact = path.plain(in(DType::f64, path.inputs));
    for (size_t i = 0; i < ours.size(); ++i) {
      const test::RelativeError a = test::error_of(ours[i], exact[i]), b = test::error_of(plain[i], exact[i]);
      const auto number = [](double x) { return fmt::format("{:.1e}", x); };
      std::printf(row, fmt::format("{}, {}", path.name, path.results[i]).c_str(), path.shape.c_str(),
                  number(a.rms).c_str(), number(a.largest).c_str(), number(b.rms).c_str(),
                  number(b.largest).c_str(), (b.rms > 0 ? fmt::format("{:.2g}", a.rms / b.rms) : "-").c_str());
      std::fflush(stdout);
    }
  }
  std::printf("\n");
  const char* short_row = markdown ? "| %s | %s | %s | %s |\n" : "%-37s %-32s %8s %8s\n";
  std::printf(short_row, "function", "range", "ulps", "plain");
  if (markdown) std::printf("| --- | --- | --- | --- |\n");
  for (const Curve& curve : kCurves) {
    if (std::string(curve.name).find(part) == std::string::npos) continue;
    const auto [ours, plain] = largest_ulps(curve);
    std::printf(short_row, curve.name, fmt::format("{} to {}", curve.low, curve.high).c_str(),
                fmt::format("{:.2f}", ours).c_str(), fmt::format("{:.2f}", plain).c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("nce_bench_errors", "usage: nce_bench_errors [--markdown] [part of a name]", run, argc, argv);
}
