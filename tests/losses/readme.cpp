// losses/README.md says what the code says. Its tables: readme.py.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "nce/losses/check/conformance.h"
#include "support/files.h"
#include "support/paths.h"

using namespace nce::losses;
using namespace nce::test;

TEST_CASE("losses/README.md shows the number of pairs that the checker measures memory with") {
  CHECK(read_file(source_file("losses/README.md"))
            .find(fmt::format("N x N matrices for N = {}\n", kStreamingPairs)) != std::string::npos);
}
