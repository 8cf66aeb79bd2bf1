#include <doctest/doctest.h>

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "support/gradcheck.h"

using namespace nce;
using namespace nce::test;

namespace {

using Inputs = std::vector<Tensor>;
Tensor normal(const Shape& shape, uint64_t seed) { return Tensor::randn(shape, Key(seed), DType::f64); }

const Conv2dOptions kConvolutions[] = {
    {},
    {.stride = 2, .padding = 1},
    {.stride = {1, 2}, .padding = {2, 0}, .dilation = {2, 1}},
    {.padding = 1, .groups = 2},
    {.stride = 4},
    {.stride = 2, .padding = 3, .dilation = 2},
};

// The definition of convolution, as loops.
std::vector<double> convolve(const Tensor& x, const Tensor& w, const Conv2dOptions& o, const Shape& out) {
  const auto xs = x.to_vector<double>(), ws = w.to_vector<double>();
  std::vector<double> result;
  const int64_t in = w.size(3), per_group = w.size(0) / o.groups;
  for (int64_t n = 0; n < out[0]; ++n)
    for (int64_t oy = 0; oy < out[1]; ++oy)
      for (int64_t ox = 0; ox < out[2]; ++ox)
        for (int64_t k = 0; k < out[3]; ++k) {
          double sum = 0;
          for (int64_t ky = 0; ky < w.size(1); ++ky)
            for (int64_t kx = 0; kx < w.size(2); ++kx)
              for (int64_t c = 0; c < in; ++c) {
                const int64_t y = oy * o.stride.h - o.padding.h + ky * o.dilation.h;
                const int64_t z = ox * o.stride.w - o.padding.w + kx * o.dilation.w;
                if (y < 0 || y >= x.size(1) || z < 0 || z >= x.size(2)) continue;
                const int64_t channel = k / per_group * in + c;
                sum += xs[size_t(((n * x.size(1) + y) * x.size(2) + z) * x.size(3) + channel)] *
                       ws[size_t(((k * w.size(1) + ky) * w.size(2) + kx) * in + c)];
              }
          result.push_back(sum);
        }
  return result;
}

}  // namespace

TEST_CASE("conv2d is the sum of products, with stride, padding, dilation and groups") {
  for (const Conv2dOptions& o : kConvolutions) {
    const Tensor x = normal({2, 7, 6, 4}, 1), w = normal({6, 3, 3, 4 / o.groups}, 2);
    const Tensor out = conv2d(x, w, {}, o);
    const auto ours = out.to_vector<double>(), expected = convolve(x, w, o, out.shape());
    double worst = 0;
    for (size_t i = 0; i < ours.size(); ++i) worst = std::max(worst, std::abs(ours[i] - expected[i]));
    CHECK(worst < 1e-12);
    const auto f = [&](const Inputs& in) { return conv2d(in[0], in[1], in[2], o); };
    const GradientReport report = check_gradient(f, {x, w, normal({6}, 3)});
    CHECK(report.deviation < 1e-6);
    CHECK(report.largest > 0.1);
  }
}

TEST_CASE(
    "a 3x3 convolution of many channels, by minimal filtering, is the sum of products and so are its gradients") {
  struct Case {
    Shape x, w;
    int64_t padding;
  };
  const Case cases[] = {
      {{1, 4, 5, 16}, {16, 3, 3, 16}, 1}, {{2, 5, 4, 16}, {19, 3, 3, 16}, 0}, {{1, 3, 4, 17}, {16, 3, 3, 17}, 2},
      {{1, 3, 3, 16}, {16, 3, 3, 16}, 3}, {{3, 8, 9, 20}, {35, 3, 3, 20}, 1}, {{9, 7, 7, 16}, {16, 3, 3, 16}, 1},
  };
  for (const Case& c : cases) {
    CAPTURE(to_string(c.x));
    const Conv2dOptions o{.padding = c.padding};
    Tensor x = normal(c.x, 1), w = normal(c.w, 2), b = normal({c.w[0]}, 3);
    for (Tensor* p : {&x, &w, &b}) p->set_requires_grad(true);
    const Tensor out = conv2d(x, w, b, o), weights = normal(out.shape(), 4);
    const auto ours = (out - b).to_vector<double>(), expected = convolve(x, w, o, out.shape());
    double worst = 0;
    for (size_t i = 0; i < ours.size(); ++i) worst = std::max(worst, std::abs(ours[i] - expected[i]));
    CHECK(worst < 1e-12);
    // The result is linear in x and in w. So the gradient along a direction is the change along it.
    sum(out * weights).backward();
    const Tensor dx = normal(c.x, 5), dw = normal(c.w, 6);
    const auto along = [&](const Tensor& grad, const Tensor& direction) { return sum(grad * direction).item(); };
    const auto change = [&](const Tensor& x, const Tensor& w) {
      const auto moved = convolve(x, w, o, out.shape()), by = weights.to_vector<double>();
      double total = 0;
      for (size_t i = 0; i < moved.size(); ++i) total += moved[i] * by[i];
      return total;
    };
    CHECK(along(x.grad(), dx) == doctest::Approx(change(dx, w)).epsilon(1e-10));
    CHECK(along(w.grad(), dw) == doctest::Approx(change(x, dw)).epsilon(1e-10));
  }
  const auto f = [](const Inputs& in) { return conv2d(in[0], in[1], {}, {.padding = 1}); };
  const GradientReport report = check_gradient(f, {normal({1, 4, 5, 16}, 1), normal({16, 3, 3, 16}, 2)});
  CHECK(report.deviation < 1e-6);
  CHECK(report.largest > 0.1);
}

TEST_CASE("conv2d in f32 and its gradients are those of f64, over channels, sizes and strides") {
  struct Case {
    Shape x, w;
    Conv2dOptions options;
  };
  const Case cases[] = {
      {{70, 9, 7, 1}, {32, 3, 3, 1}, {.padding = 1}},                // a first layer; more than one group of images
      {{5, 16, 16, 3}, {10, 3, 3, 3}, {.padding = 1}},               // an odd width
      {{40, 4, 4, 20}, {67, 3, 3, 20}, {.padding = 1}},              // several panels, images of few pixels
      {{6, 16, 15, 48}, {40, 3, 3, 48}, {.padding = 1}},             // minimal filtering
      {{3, 9, 8, 16}, {33, 3, 3, 16}, {.stride = 2, .padding = 1}},  // phases
      {{3, 9, 8, 16}, {24, 1, 1, 16}, {.stride = 2}},                // phases without taps
      {{2, 11, 11, 4}, {8, 2, 3, 4}, {.stride = {3, 4}}},            // input outside all patches
      {{2, 5, 5, 4}, {8, 2, 2, 4}, {.padding = 3}},                  // outputs of padding alone
      {{2, 8, 8, 40}, {40, 3, 3, 20}, {.padding = 1, .groups = 2}},  // groups of an odd width
      {{2, 8, 8, 8}, {16, 3, 3, 4}, {.padding = 1, .groups = 2}},    // groups narrower than a vector
      {{2, 8, 8, 16}, {16, 3, 3, 1}, {.stride = 2, .padding = 2, .dilation = 2, .groups = 16}},  // depthwise
  };
  for (const Case& c : cases) {
    CAPTURE(to_string(c.x));
    CAPTURE(to_string(c.w));
    std::vector<std::vector<double>> results[2];
    for (DType dtype : {DType::f32, DType::f64}) {
      Tensor x = normal(c.x, 1).to(DType::f32).to(dtype), w = normal(c.w, 2).to(DType::f32).to(dtype);
      Tensor b = normal({c.w[0]}, 3).to(DType::f32).to(dtype);
      for (Tensor* p : {&x, &w, &b}) p->set_requires_grad(true);
      const Tensor out = conv2d(x, w, b, c.options);
      sum(out * normal(out.shape(), 4).to(DType::f32).to(dtype)).backward();
      for (const Tensor& r : {out, x.grad(), w.grad(), b.grad()})
        results[dtype == DType::f64].push_back(r.to_vector<double>());
    }
    for (size_t k = 0; k < 4; ++k) {
      double worst = 0, scale = 0;
      for (size_t i = 0; i < results[0][k].size(); ++i) {
        worst = std::max(worst, std::abs(results[0][k][i] - results[1][k][i]));
        scale = std::max(scale, std::abs(results[1][k][i]));
      }
      CHECK(worst < 2e-6 * scale);
      CHECK(scale > 0.1);
    }
  }
}

TEST_CASE("minimal filtering of few and of many channels and images stays within its bound of rounding error") {
  const auto measure = [](const Tensor& ours, const Tensor& exact) {
    const auto x = ours.to_vector<double>(), y = exact.to_vector<double>();
    double error = 0, scale = 0;
    for (size_t i = 0; i < x.size(); ++i) error += (x[i] - y[i]) * (x[i] - y[i]), scale += y[i] * y[i];
    return std::sqrt(error / scale);
  };
  for (const Shape& shape :
       {Shape{17, 20, 18, 32}, Shape{70, 8, 8, 64}, Shape{40, 5, 4, 128}, Shape{140, 4, 4, 272}}) {
    CAPTURE(to_string(shape));
    std::vector<Tensor> results[2];
    for (DType dtype : {DType::f32, DType::f64}) {
      Tensor x = Tensor::randn(shape, Key(1)).to(dtype).set_requires_grad(true);
      Tensor w = Tensor::randn({shape[3], 3, 3, shape[3]}, Key(2)).to(dtype).set_requires_grad(true);
      const Tensor out = conv2d(x, w, {}, {.padding = 1});
      out.backward(Tensor::randn(out.shape(), Key(3)).to(dtype));
      results[dtype == DType::f64] = {out, x.grad(), w.grad()};
    }
    const double bound = 2e-7 * std::sqrt(double(shape[3]));  // for sums over channels; smaller by weight
    for (size_t k = 0; k < 3; ++k) {
      CAPTURE(k);
      CHECK(measure(results[0][k], results[1][k]) < (k < 2 ? bound : 1.5e-6));
    }
  }
}

TEST_CASE("batch_norm is its composed twin and follows the running statistics as PyTorch does") {
  const Tensor x = normal({4, 3, 5, 3}, 1) * 2.0 + 10.0, w = normal({3}, 2), b = normal({3}, 3);
  Tensor mean_run = Tensor::zeros({3}, DType::f64), var_run = Tensor::ones({3}, DType::f64);
  const auto ours = batch_norm(x, w, b, mean_run, var_run).to_vector<double>();
  const Tensor m = mean(x, {0, 1, 2}), v = var(x, {0, 1, 2}, false, 0);
  const auto composed = ((x - m) * rsqrt(v + 1e-5) * w + b).to_vector<double>();
  for (size_t i = 0; i < ours.size(); ++i) REQUIRE(ours[i] == doctest::Approx(composed[i]).epsilon(1e-10));
  const auto unbiased = var(x, {0, 1, 2}).to_vector<double>(), means = m.to_vector<double>();
  for (size_t c = 0; c < 3; ++c) {
    CHECK(mean_run.to_vector<double>()[c] == doctest::Approx(0.1 * means[c]).epsilon(1e-12));
    CHECK(var_run.to_vector<double>()[c] == doctest::Approx(0.9 + 0.1 * unbiased[c]).epsilon(1e-12));
  }
}

TEST_CASE("dropout keeps the mean and about the right share") {
  const auto kept = dropout(Tensor::ones({100000}), 0.3, Key(1)).to_vector<double>();
  double zeros = 0, total = 0;
  for (double v : kept) zeros += v == 0, total += v;
  CHECK(std::abs(zeros / 1e5 - 0.3) < 0.01);
  CHECK(std::abs(total / 1e5 - 1) < 0.02);
}

TEST_CASE("a convolutional step has the same bits for 1, 2 and 4 threads") {
  const int before = num_threads();
  const auto step = [] {
    Tensor w = Tensor::randn({16, 3, 3, 8}, Key(1)).set_requires_grad(true);
    Tensor v =
        Tensor::randn({24, 3, 3, 16}, Key(3)).set_requires_grad(true);  // enough channels for minimal filtering
    Tensor u = Tensor::randn({8, 3, 3, 24}, Key(4)).set_requires_grad(true);
    Tensor x = Tensor::randn({20, 16, 16, 8}, Key(2)).set_requires_grad(true);
    Tensor none;
    Tensor h = max_pool2d(relu(batch_norm(conv2d(x, w, {}, {.padding = 1}), {}, {}, none, none)));
    h = conv2d(conv2d(h, v, {}, {.padding = 1}), u, {}, {.stride = 2, .padding = 1});
    sum(square(h)).backward();
    Tensor y = Tensor::randn({60, 4, 4, 272}, Key(5))
                   .set_requires_grad(true);  // so many channels that threads share a group
    Tensor many = Tensor::randn({272, 3, 3, 272}, Key(6)).set_requires_grad(true);
    sum(square(conv2d(y, many, {}, {.padding = 1}))).backward();
    std::vector<float> all;
    for (const Tensor& grad : {x.grad(), w.grad(), v.grad(), u.grad(), y.grad(), many.grad()}) {
      const auto values = grad.to_vector<float>();
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  };
  set_num_threads(1);
  const auto one = step();
  for (int threads : {2, 4}) {
    set_num_threads(threads);
    CHECK(step() == one);
  }
  set_num_threads(before);
}

TEST_CASE("a convolution of no images has no output and a weight gradient of zeros") {
  for (int64_t channels : {3, 16}) {
    Tensor w = Tensor::randn({16, 3, 3, channels}, Key(1)).set_requires_grad(true);
    const Tensor out = conv2d(Tensor::zeros({0, 8, 8, channels}), w, {}, {.padding = 1});
    CHECK(out.shape() == Shape{0, 8, 8, 16});
    sum(out).backward();
    for (float v : w.grad().to_vector<float>()) REQUIRE(v == 0);
  }
}

TEST_CASE("images that do not fit are refused with both shapes") {
  CHECK_THROWS_WITH_AS(conv2d(Tensor::ones({2, 8, 8, 3}), Tensor::ones({8, 3, 3, 4})),
                       "conv2d: weight (8, 3, 3, 4) takes 4 channels, x (2, 8, 8, 3) has 3", Error);
  CHECK_THROWS_WITH_AS(max_pool2d(Tensor::ones({2, 1, 8, 3})),
                       "max_pool2d: the window is larger than the padded image (2, 1, 8, 3)", Error);
}
