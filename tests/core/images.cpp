#include <doctest/doctest.h>

#include <cmath>

#include "nce/core/ops.h"
#include "support/both_ways.h"
#include "support/deviation.h"
#include "support/error_of.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::test;

namespace {

Tensor normal(const Shape& shape, uint64_t seed) { return Tensor::randn(shape, Key(seed), DType::f64); }

struct Case {
  Shape x, w;
  Conv2dOptions options;
};

// The definition of convolution: a product for each tap of the kernel, by ordinary operations.
Tensor by_taps(const Tensor& x, const Tensor& w, const Conv2dOptions& o) {
  const auto with_edges = [](const Tensor& x, int dim, int64_t width) {
    Shape edge = x.shape();
    edge[dim] = width;
    const Tensor zeros = Tensor::zeros(edge, x.dtype());
    return concatenate({zeros, x, zeros}, dim);
  };
  // What tap `at` of `taps` sees along a dimension.
  const auto seen = [](const Tensor& x, int dim, int64_t at, int64_t taps, int64_t dilation, int64_t stride) {
    return slice(x, dim, at * dilation, x.size(dim) - (taps - 1 - at) * dilation, stride);
  };
  const Tensor whole = with_edges(with_edges(x, 1, o.padding.h), 2, o.padding.w);
  const int64_t in = w.size(3), out = w.size(0) / o.groups;
  std::vector<Tensor> groups;
  for (int64_t g = 0; g < o.groups; ++g) {
    const Tensor from = slice(whole, 3, g * in, (g + 1) * in), weight = slice(w, 0, g * out, (g + 1) * out);
    Tensor sum = Tensor::zeros({}, x.dtype());
    for (int64_t ky = 0; ky < w.size(1); ++ky)
      for (int64_t kx = 0; kx < w.size(2); ++kx)
        sum = sum + matmul(seen(seen(from, 1, ky, w.size(1), o.dilation.h, o.stride.h), 2, kx, w.size(2),
                                o.dilation.w, o.stride.w),
                           t(select(select(weight, 1, ky), 1, kx)));
    groups.push_back(sum);
  }
  return concatenate(groups, 3);
}

}  // namespace

TEST_CASE("conv2d is the sum of products, directly and by minimal filtering, and so are its gradients") {
  const Case cases[] = {
      {{2, 7, 6, 4}, {6, 3, 3, 4}, {}},
      {{2, 7, 6, 4}, {6, 3, 3, 4}, {.stride = 2, .padding = 1}},
      {{2, 7, 6, 4}, {6, 3, 3, 4}, {.stride = {1, 2}, .padding = {2, 0}, .dilation = {2, 1}}},
      {{2, 7, 6, 4}, {6, 3, 3, 2}, {.padding = 1, .groups = 2}},
      {{2, 7, 6, 4}, {6, 3, 3, 4}, {.stride = 4}},
      {{2, 7, 6, 4}, {6, 3, 3, 4}, {.stride = 2, .padding = 3, .dilation = 2}},
      // 3x3 kernels and many channels: minimal filtering
      {{1, 4, 5, 16}, {16, 3, 3, 16}, {.padding = 1}},
      {{2, 5, 4, 16}, {19, 3, 3, 16}, {}},
      {{1, 3, 4, 17}, {16, 3, 3, 17}, {.padding = 2}},
      {{1, 3, 3, 16}, {16, 3, 3, 16}, {.padding = 3}},
      {{3, 8, 9, 20}, {35, 3, 3, 20}, {.padding = 1}},
      {{9, 7, 7, 16}, {16, 3, 3, 16}, {.padding = 1}},
  };
  for (const Case& c : cases) {
    CAPTURE(to_string(c.x));
    CAPTURE(to_string(c.w));
    const Tensor x = normal(c.x, 1), w = normal(c.w, 2), b = normal({c.w[0]}, 3);
    const Tensors ours = both_ways([&](auto& in) { return conv2d(in[0], in[1], in[2], c.options); }, {x, w, b});
    const Tensors twin = both_ways([&](auto& in) { return by_taps(in[0], in[1], c.options) + in[2]; }, {x, w, b});
    for (size_t k = 0; k < 4; ++k) CHECK(deviation(ours[k], twin[k]) < 1e-12);
  }
}

TEST_CASE("conv_transpose2d is the derivative of conv2d by its input, directly and by minimal filtering") {
  const struct {
    Shape x, w;
    ConvTranspose2dOptions options;
    Shape out;
  } cases[] = {
      {{2, 3, 4, 6}, {6, 3, 2, 2}, {.stride = {2, 3}, .padding = 1, .output_padding = {1, 0}}, {2, 6, 9, 2}},
      {{2, 3, 4, 6}, {6, 2, 2, 2}, {.stride = 2, .groups = 3}, {2, 6, 8, 6}},
      {{2, 3, 3, 4}, {4, 2, 3, 5}, {.padding = 1, .output_padding = 1, .dilation = 2}, {2, 4, 6, 5}},
      {{3, 9, 8, 20}, {20, 3, 3, 35}, {.padding = 1}, {3, 9, 8, 35}},
      {{2, 7, 7, 16}, {16, 3, 3, 16}, {.padding = 3}, {2, 3, 3, 16}},
      {{2, 7, 7, 16}, {16, 3, 3, 16}, {}, {2, 9, 9, 16}},
  };
  for (const auto& c : cases) {
    CAPTURE(to_string(c.x));
    CAPTURE(to_string(c.w));
    const Tensor x = normal(c.x, 1), w = normal(c.w, 2), grad = normal(c.out, 3);
    const auto& o = c.options;
    const Conv2dOptions back{.stride = o.stride, .padding = o.padding, .dilation = o.dilation, .groups = o.groups};
    Tensor from = Tensor::zeros(c.out, DType::f64).set_requires_grad(true);
    slice(slice(conv2d(from, w, {}, back), 1, 0, c.x[1]), 2, 0, c.x[2]).backward(x);
    Tensor a = x.clone().set_requires_grad(true), b = w.clone().set_requires_grad(true);
    const Tensor out = conv_transpose2d(a, b, {}, o);
    REQUIRE(out.shape() == c.out);
    CHECK(deviation(out, from.grad()) < 1e-12);
    // <grad, transpose(x)> = <conv(grad), x>: the same bilinear form gives both derivatives
    out.backward(grad);
    Tensor v = w.clone().set_requires_grad(true);
    const Tensor forth = slice(slice(conv2d(grad, v, {}, back), 1, 0, c.x[1]), 2, 0, c.x[2]);
    CHECK(deviation(a.grad(), forth) < 1e-12);
    forth.backward(x);
    CHECK(deviation(b.grad(), v.grad()) < 1e-12);
  }
}

TEST_CASE("conv2d in f32 and its gradients are those of f64, over channels, sizes and strides") {
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
    const Tensors inputs = in(DType::f32, {normal(c.x, 1), normal(c.w, 2), normal({c.w[0]}, 3)});
    const auto f = [&](const Tensors& x) { return conv2d(x[0], x[1], x[2], c.options); };
    const Tensors ours = both_ways(f, inputs, Key(4)), exact = both_ways(f, in(DType::f64, inputs), Key(4));
    for (size_t k = 0; k < 4; ++k) {
      CHECK(deviation(ours[k], exact[k]) < 2e-6);
      CHECK(max(abs(exact[k])).item() > 0.1);
    }
  }
}

TEST_CASE("minimal filtering of few and of many channels and images stays within its bound of rounding error") {
  for (const Shape& shape :
       {Shape{17, 20, 18, 32}, Shape{70, 8, 8, 64}, Shape{40, 5, 4, 128}, Shape{140, 4, 4, 272}}) {
    CAPTURE(to_string(shape));
    const Tensors inputs{Tensor::randn(shape, Key(1)), Tensor::randn({shape[3], 3, 3, shape[3]}, Key(2))};
    const auto f = [](const Tensors& x) { return conv2d(x[0], x[1], {}, {.padding = 1}); };
    const Tensors ours = both_ways(f, inputs, Key(3)), exact = both_ways(f, in(DType::f64, inputs), Key(3));
    const double bound = 2e-7 * std::sqrt(double(shape[3]));  // for sums over channels; smaller by weight
    for (size_t k = 0; k < 3; ++k) {
      CAPTURE(k);
      CHECK(error_of(ours[k], exact[k]).rms < (k < 2 ? bound : 1.5e-6));
    }
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
  CHECK(same_on_threads([] {
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
  }));
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
