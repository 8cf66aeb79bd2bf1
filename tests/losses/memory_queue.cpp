#include "nce/losses/memory_queue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nce/core/error.h"
#include "nce/losses/moco.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;

TEST_CASE("the memory queue keeps the newest rows, at length 1, and goes on from its state") {
  MemoryQueue queue(5, 2, Key(1), DType::f64);
  CHECK(queue.rows().shape() == Shape{5, 2});
  for (const double x : sum(square(queue.rows()), 1).to_vector<double>()) CHECK(x == Approx(1));
  const auto before = queue.rows().to_vector<double>();
  const auto batch = [](double first,
                        int64_t n) {  // rows (0, first), (0, first + 1), ... at angles told apart by sign
    std::vector<double> values;
    for (int64_t i = 0; i < n; ++i) values.push_back(first + double(i)), values.push_back(10);
    return Tensor::from(values, {n, 2});
  };
  const auto angle = [&](int64_t row) {
    const auto v = queue.rows().to_vector<double>();
    return 10 * v[size_t(row * 2)] / v[size_t(row * 2 + 1)];
  };
  queue.push(batch(1, 3));
  for (int64_t i = 0; i < 3; ++i) CHECK(angle(i) == Approx(1 + double(i)));
  const auto half = queue.rows().to_vector<double>();
  CHECK(std::equal(half.begin() + 6, half.end(), before.begin() + 6));
  queue.push(batch(4, 3));  // wraps: 6 stands in the place of 1
  CHECK(angle(3) == Approx(4));
  CHECK(angle(4) == Approx(5));
  CHECK(angle(0) == Approx(6));
  CHECK(angle(1) == Approx(2));

  MemoryQueue copy(5, 2, Key(9), DType::f64);
  copy.load_state_dict(queue.state_dict());
  for (MemoryQueue* q : {&queue, &copy}) q->push(batch(7, 7));  // more than fit: the last five
  CHECK(copy.rows().to_vector<double>() == queue.rows().to_vector<double>());
  std::vector<double> kept;
  for (int64_t i = 0; i < 5; ++i) kept.push_back(std::round(angle(i)));
  std::sort(kept.begin(), kept.end());
  CHECK(kept == std::vector<double>{9, 10, 11, 12, 13});

  CHECK_THROWS_WITH_AS(queue.push(Tensor::ones({2, 3}, DType::f64)),
                       "MemoryQueue: rows of 2 elements of f64 are needed, got (2, 3) f64", Error);
  CHECK_THROWS_WITH_AS(MemoryQueue(4, 2, Key(1), DType::f64).load_state_dict(queue.state_dict()),
                       "MemoryQueue: rows are (4, 2) here and (5, 2) in what is loaded", Error);
  CHECK_THROWS_WITH_AS(queue.load_state_dict({}), "MemoryQueue: 'rows' and 'next' make its state, got 0 tensors",
                       Error);
}

TEST_CASE("collapsed embeddings, queue included, give moco log(1 + K)") {
  MemoryQueue queue(5, 3, Key(1), DType::f64);
  queue.push(Tensor::ones({5, 3}, DType::f64));
  const Tensor z = Tensor::ones({4, 3}, DType::f64);
  CHECK(moco(z, z, queue).item() == Approx(std::log(6)));
}

TEST_CASE("a backward pass may come after a push: it is that of the queue as it was") {
  const Tensor keys = Tensor::randn({2, 3}, Key(3));
  const auto gradient = [&](bool push_before) {
    MemoryQueue queue(4, 3, Key(1));
    Tensor q = Tensor::randn({2, 3}, Key(2)).set_requires_grad(true);
    const Tensor loss = moco(q, keys, queue);
    if (push_before) queue.push(keys);
    loss.backward();
    return q.grad().to_vector<float>();
  };
  CHECK(gradient(true) == gradient(false));
}
