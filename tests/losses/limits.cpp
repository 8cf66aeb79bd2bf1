// What every loss does with rows that are not numbers, and with sizes of 0.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "expected.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"

using namespace nce;
using namespace nce::test;

TEST_CASE("a row of NaN, or of infinities, makes the value of every loss NaN, whichever view it is in") {
  constexpr int64_t n = 8, d = 5;
  int rows = 0;
  for (const Expected& expected : expected_losses(n, d, 0.5))
    for (const DType dtype : {DType::f32, DType::f64})
      for (const double bad : {std::nan(""), double(INFINITY)})
        for (int64_t view = 0; view < expected.num_views; ++view) {
          const std::string name = expected.name();
          CAPTURE(name);
          CAPTURE(bad);
          CAPTURE(view);
          std::vector<Tensor> z;
          for (int64_t k = 0; k < expected.num_views; ++k)
            z.push_back(Tensor::randn({n, d}, Key(1).fold(uint64_t(k)), dtype));
          Tensor stop = Tensor::ones({n, 1}, dtype);
          dispatch(dtype, [&]<class T>(T) { stop.mutable_data<T>()[3] = T(bad); });
          z[size_t(view)] = z[size_t(view)] * stop;
          CHECK(std::isnan((*expected.make(0.5))(expected.views(z)).item()));
          ++rows;
        }
  CHECK(rows > 200);
}

TEST_CASE("embeddings without rows or without dimensions are refused by every loss, by its name") {
  for (const Expected& expected : expected_losses(8, 5, 0.5)) {
    const std::string name = expected.name(), loss = expected.loss.name;
    CAPTURE(name);
    for (const Shape& shape : {Shape{4, 0}, Shape{0, 5}, Shape{0, 0}}) {
      CAPTURE(shape);
      try {
        (*expected.make(0.5))(expected.views(Tensor::zeros(shape)));
        FAIL_CHECK("no error");
      } catch (const Error& error) {
        const std::string text = error.what();
        CAPTURE(text);
        CHECK(text.find("needed, got") != std::string::npos);
      }
    }
  }
}
