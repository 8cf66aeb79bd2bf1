#include "nce/nn/gradient_cache.h"

#include <doctest/doctest.h>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/nn/layers.h"
#include "nce/nn/sequential.h"

using namespace nce;
using namespace nce::nn;

namespace {

// As info_nce: each row's own other view among those of all rows.
Tensor loss_of(const Tensor& z) {
  const auto [a, b] = halves(normalize(z));
  const Tensor s = matmul(a, transpose(b, 0, 1)) * 5.0;
  return mean(logsumexp(s, 1)) - mean(sum(a * b, 1)) * 5.0;
}

// The parts hold (2, n) rows, first views above second ones; the loss wants all first views above all second ones.
Tensor by_view(const Tensor& z, int64_t parts) {
  std::vector<Tensor> first, second;
  for (const Tensor& part : chunk(z, parts)) {
    const auto [a, b] = halves(part);
    first.push_back(a), second.push_back(b);
  }
  return concatenate({concatenate(first), concatenate(second)});
}

double largest_difference(const Tensor& a, const Tensor& b) {
  double most = 0;
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  for (size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(x[i] - y[i]));
  return most;
}

struct Net : Sequential {
  explicit Net(bool batch_norm) {
    Generator generator{.seed = 3};
    add(Linear(6, 16, generator));
    if (batch_norm) add<BatchNorm1d>(16);
    add<ReLU>();
    add(Linear(16, 4, generator));
    to(DType::f64);
  }
};

const Tensor x1 = Tensor::randn({12, 6}, Key(1), DType::f64), x2 = Tensor::randn({12, 6}, Key(2), DType::f64);

Tensor part_of(int64_t part, int64_t n) {
  return concatenate({slice(x1, 0, part * n, (part + 1) * n), slice(x2, 0, part * n, (part + 1) * n)});
}

}  // namespace

TEST_CASE("gradients in parts are those of the whole in f64, whatever the number of parts") {
  Net whole(false);
  const Tensor plain = loss_of(whole(concatenate({x1, x2})));
  plain.backward();
  for (const int64_t parts : {1, 2, 3, 12}) {
    CAPTURE(parts);
    Net net(false);
    const Tensor value = backward_in_parts(
        net, parts, [&](int64_t part) { return net(part_of(part, 12 / parts)); },
        [&](const Tensor& z) { return loss_of(by_view(z, parts)); });
    CHECK(value.item() == doctest::Approx(plain.item()).epsilon(1e-14));
    const auto own = net.named_parameters(), theirs = whole.named_parameters();
    for (size_t i = 0; i < own.size(); ++i) {
      CHECK(largest_difference(own[i].second->grad(), theirs[i].second->grad()) < 1e-14);
      CHECK(largest_difference(own[i].second->grad(), own[i].second->grad() * 0.0) > 1e-3);
    }
  }
}

TEST_CASE("in parts, batch norms see a part, and their running statistics move once for each") {
  Net twin(true), net(true);  // the twin holds all graphs, and norms part by part
  std::vector<Tensor> z;
  for (int64_t part = 0; part < 3; ++part) z.push_back(twin(part_of(part, 4)));
  loss_of(by_view(concatenate(z), 3)).backward();
  backward_in_parts(
      net, 3, [&](int64_t part) { return net(part_of(part, 4)); },
      [&](const Tensor& all) { return loss_of(by_view(all, 3)); });
  const auto own = net.named_parameters(), theirs = twin.named_parameters();
  for (size_t i = 0; i < own.size(); ++i)
    CHECK(largest_difference(own[i].second->grad(), theirs[i].second->grad()) < 1e-14);
  const auto buffers = net.named_buffers(), others = twin.named_buffers();
  REQUIRE(!buffers.empty());
  for (size_t i = 0; i < buffers.size(); ++i)
    CHECK(buffers[i].second->to_vector<double>() == others[i].second->to_vector<double>());
}

TEST_CASE("what does not come twice alike is refused") {
  Net net(false);
  int64_t calls = 0;
  CHECK_THROWS_WITH_AS(backward_in_parts(
                           net, 1, [&](int64_t) { return net(part_of(0, 4 + 2 * calls++)); },
                           [&](const Tensor& z) { return loss_of(z); }),
                       "backward_in_parts: part 0 has the shape (8, 4) the first time, and (12, 4) the second",
                       Error);
  CHECK_THROWS_WITH_AS(backward_in_parts(net, 0, {}, {}), "backward_in_parts: at least 1 part is needed, got 0",
                       Error);
}
