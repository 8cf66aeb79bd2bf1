// The texts of a TU set, "<|>" between the files.
#include "nce/data/graphs/tu.h"

#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("tu", bytes) {
  using namespace nce::data;
  const auto files = parts_of(bytes, 6);
  TuTexts texts{.edges = files[0], .graph_indicator = files[1], .graph_labels = files[2]};
  if (!files[3].empty()) texts.node_labels = files[3];
  if (!files[4].empty()) texts.node_attributes = files[4];
  if (!files[5].empty()) texts.edge_labels = files[5];
  GraphDataset data;
  try {
    data = parse_tu("F", texts, {.use_node_attr = bytes.size() % 2 == 0});
  } catch (const nce::Error&) { return; }
  validate(data);  // what it refuses here is a fault of the parser
}
