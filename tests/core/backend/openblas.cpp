#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "nce/core/backend/openblas/notice.h"
#include "nce/core/blas.h"

using namespace nce;

TEST_CASE("OPENBLAS_CORETYPE is obeyed") {  // ctest runs this once more with OPENBLAS_CORETYPE=Nehalem
  const char* forced = std::getenv("OPENBLAS_CORETYPE");
  if (forced) CHECK(blas_kernels() == std::string("OpenBLAS ") + forced);
  if (!forced) CHECK(blas_notice() == "");
  const std::vector<float> ones(35, 1);
  std::vector<float> c(15, 1);
  gemm<float>(false, false, 3, 5, 7, 0.5f, ones.data(), 7, ones.data(), 5, 2, c.data(), 5);
  CHECK(c == std::vector<float>(15, 5.5f));
}

TEST_CASE("OpenBLAS keeps within NCE_INSTRUCTIONS") {  // ctest runs this with each limit
  CHECK(blas_kernels().starts_with("OpenBLAS "));
  const char* limit = std::getenv("NCE_INSTRUCTIONS");
  if (limit && !std::getenv("OPENBLAS_CORETYPE")) {
    if (limit == std::string("scalar")) CHECK(kernels_in_use() == "scalar, OpenBLAS Prescott");
    if (limit == std::string("sse4")) CHECK(kernels_in_use() == "SSE4, OpenBLAS Nehalem");
  }
}

TEST_CASE("the line on a forced kernel family says what it costs, and only then") {
  CHECK(openblas::notice("Haswell", "SkylakeX") ==
        "OPENBLAS_CORETYPE forces Haswell kernels: matrix products take about 2 times as long as with SkylakeX, "
        "which this CPU runs");
  CHECK(openblas::notice("Nehalem", "Haswell").find("about 4 times as long as with Haswell") != std::string::npos);
  for (const char* forced : {"SkylakeX", "Cooperlake", "unknown"})
    CHECK(openblas::notice(forced, "SkylakeX") == "");
  CHECK(openblas::notice("SkylakeX", "Haswell") == "");  // where 512-bit instructions run in halves
}
