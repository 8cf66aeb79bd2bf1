// A fuzz target of libFuzzer: whatever the texts of a TU set are, they are an error or make a sound set. The bytes are the
// files, with a 0 between them. Build with clang and -DNCE_FUZZ=ON, then run build/tests/fuzz_tu.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "nce/core/error.h"
#include "nce/data/graphs/tu.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace nce::data;
  std::string_view rest(reinterpret_cast<const char*>(bytes), size);
  std::array<std::string_view, 6> files;
  for (std::string_view& file : files) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    file = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  TuTexts texts{.edges = files[0], .graph_indicator = files[1], .graph_labels = files[2]};
  if (!files[3].empty()) texts.node_labels = files[3];
  if (!files[4].empty()) texts.node_attributes = files[4];
  if (!files[5].empty()) texts.edge_labels = files[5];
  GraphDataset data;
  try {
    data = parse_tu("F", texts, {.use_node_attr = size % 2 == 0});
  } catch (const nce::Error&) { return 0; }
  validate(data);  // what it refuses here is a bug of the parser, and ends the fuzzer
  return 0;
}
