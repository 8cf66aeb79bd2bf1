#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/data/graphs/batch.h"
#include "nce/data/graphs/loader.h"
#include "nce/data/graphs/tu.h"
#include "support/files.h"
#include "support/paths.h"

using namespace nce;
using namespace nce::data;

namespace {

// Two graphs: a path of three nodes, and an edge beside a node alone. Edge 1 - 2 has one direction, the others have both;
// there is a loop, and a line twice.
constexpr const char* kEdges = "1, 2\n3,2\n2 ,3\n4, 5\n5, 4\r\n5, 5\n4, 5\n";
constexpr const char* kIndicator = "1\n1\n1\n2\n2\n2\n";
constexpr const char* kLabels = "7\n-1\n";

std::string fault(const TuTexts& texts) {
  try {
    parse_tu("T", texts);
  } catch (const Error& error) { return error.what(); }
  return "no error";
}

std::vector<std::string> sorted(std::vector<std::string> v) {
  std::sort(v.begin(), v.end());
  return v;
}

// A graph of `nodes` nodes in a ring with chords, so that all transforms have work.
GraphDataset rings(std::vector<int> sizes) {
  GraphDataset data{.name = "rings", .classes = 2};
  for (size_t g = 0; g < sizes.size(); ++g) {
    std::set<Edge> edges;
    for (int i = 0; i < sizes[g]; ++i)
      for (const int step : {1, 3}) {
        const int other = (i + step) % sizes[g];
        if (i != other) edges.insert({std::min(i, other), std::max(i, other)});
      }
    data.labels.push_back(int(g % 2));
    data.edges.insert(data.edges.end(), edges.begin(), edges.end());
    data.node_offsets.push_back(data.node_offsets.back() + sizes[g]);
    data.edge_offsets.push_back(int64_t(data.edges.size()));
  }
  data.features = 2;
  for (int64_t i = 0; i < 2 * data.nodes(); ++i) data.x.push_back(float(i));
  validate(data);
  return data;
}

GraphView view_of(const GraphDataset& data, int64_t graph, const std::string& transform, uint64_t seed,
                  const std::vector<Setting>& settings = {}) {
  GraphView view;
  view.assign(data, graph);
  Random random{Key(seed)};
  make_graph_views({transform}, settings)[0](view, random);
  return view;
}

// Each edge once, a < b, between nodes that are there.
void check_sound(const GraphView& view) {
  std::set<Edge> seen;
  for (const Edge& edge : view.edges) {
    CHECK((edge.a >= 0 && edge.a < edge.b && edge.b < view.size()));
    CHECK(seen.insert(edge).second);
  }
  CHECK(view.masked.size() == view.nodes.size());
  CHECK(std::is_sorted(view.nodes.begin(), view.nodes.end()));
}

bool same(const GraphBatch& a, const GraphBatch& b) {
  return a.offsets == b.offsets && a.x.to_vector<float>() == b.x.to_vector<float>() &&
         std::ranges::equal(a.adjacency.offsets(), b.adjacency.offsets()) &&
         std::ranges::equal(a.adjacency.columns(), b.adjacency.columns());
}

std::vector<int> neighbours(const GraphBatch& batch, int64_t node) {
  const auto offsets = batch.adjacency.offsets();
  std::vector<int> all;
  for (int64_t k = offsets[size_t(node)]; k < offsets[size_t(node) + 1]; ++k)
    all.push_back(batch.adjacency.columns()[size_t(k)]);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

TEST_CASE("TU texts: labels are numbered, edges undirected, loops and doubles left out") {
  const GraphDataset data = parse_tu("T", {.edges = kEdges,
                                           .graph_indicator = kIndicator,
                                           .graph_labels = kLabels,
                                           .node_labels = "3\n9\n3\n3\n3\n-2\n",
                                           .node_attributes = "0.5, 1\n1,2\n2,3\n3,4\n4,5\n-1e2,6",
                                           .edge_labels = "5\n6\n7\n8\n8\n8\n5\n"});
  validate(data);
  CHECK(data.labels == std::vector{1, 0});
  CHECK(data.classes == 2);
  CHECK(data.edges == std::vector<Edge>{{0, 1}, {1, 2}, {0, 1}});
  CHECK(data.edge_offsets == std::vector<int64_t>{0, 2, 3});
  CHECK(data.node_offsets == std::vector<int64_t>{0, 3, 6});
  CHECK(data.edge_labels == std::vector{0, 1, 3});  // 2, 3: label 6 of the first line, "3,2"
  CHECK(data.node_labels == std::vector{1, 2, 1, 1, 1, 0});
  CHECK(data.loops_left_out == 1);
  CHECK(data.doubles_left_out == 1);
  CHECK(data.features == 3);
  CHECK(std::vector<float>(data.x.begin(), data.x.begin() + 6) == std::vector<float>{0, 1, 0, 0, 0, 1});
  CHECK(degrees(data) == std::vector{1, 2, 1, 1, 1, 0});
}

TEST_CASE("node features: labels, attributes where asked for or alone, else degrees") {
  const char *labels = "0\n0\n1\n0\n0\n0\n", *attributes = "1\n2\n3\n4\n5\n6\n";
  TuTexts texts{.edges = kEdges, .graph_indicator = kIndicator, .graph_labels = kLabels};
  const auto first_rows = [&](const TuOptions& options = {}) {
    const GraphDataset data = parse_tu("T", texts, options);
    return std::pair(data.features_are, std::vector<float>(data.x.begin(), data.x.begin() + 2 * data.features));
  };
  CHECK(first_rows() == std::pair<std::string, std::vector<float>>("degrees", {0, 1, 0, 0, 0, 1}));
  CHECK_THROWS_WITH_AS(first_rows({.use_node_attr = true}),
                       "T_node_attributes.txt: there is no such file, so nodes have no attributes to show; leave "
                       "use_node_attr out",
                       Error);
  texts.node_attributes = attributes;
  CHECK(first_rows() == std::pair<std::string, std::vector<float>>("node attributes", {1, 2}));
  texts.node_labels = labels;
  CHECK(first_rows() == std::pair<std::string, std::vector<float>>("node labels", {1, 0, 1, 0}));
  CHECK(first_rows({.use_node_attr = true}) ==
        std::pair<std::string, std::vector<float>>("node attributes and node labels", {1, 1, 0, 2, 1, 0}));
}

TEST_CASE("bad TU texts are refused with file and line") {
  const auto with_edges = [](const char* edges) {
    return fault({.edges = edges, .graph_indicator = kIndicator, .graph_labels = kLabels});
  };
  CHECK(with_edges("1, 2\n1, 7\n") == "T_A.txt: line 2 names node 7; there are nodes 1 .. 6");
  CHECK(with_edges("0, 1\n") == "T_A.txt: line 1 names node 0; there are nodes 1 .. 6");
  CHECK(with_edges("1, 2\n\n2, 3\n") == "T_A.txt: line 2 is empty; remove it");
  CHECK(with_edges("1, 2\n3\n") == "T_A.txt: line 2 has one node; an edge needs two");
  CHECK(with_edges("1, 2, 3\n") == "T_A.txt: line 1 has more than two nodes");
  CHECK(with_edges("1, x\n") == "T_A.txt: line 1 'x' is not the number of a node");
  CHECK(with_edges("1, \x01\xff\n") == "T_A.txt: line 1 '?\?' is not the number of a node");
  CHECK(with_edges("3, 4\n") == "T_A.txt: line 1 is an edge from node 3 of graph 1 to node 4 of graph 2");
  const auto with_indicator = [](const char* indicator) {
    return fault({.edges = "", .graph_indicator = indicator, .graph_labels = kLabels});
  };
  CHECK(
      with_indicator("1\n2\n1\n") ==
      "T_graph_indicator.txt: line 3 says graph 1 after graph 2: the nodes of a graph must stand together, in order");
  CHECK(with_indicator("2\n") == "T_graph_indicator.txt: line 1 says graph 2 after graph 0: graph 1 has no nodes");
  CHECK(with_indicator("1\n2\n3\n") ==
        "T_graph_indicator.txt: line 3 says graph 3, but T_graph_labels.txt has 2 lines");
  CHECK(with_indicator("1\n1\n") ==
        "T_graph_indicator.txt: the last graph is 1, but T_graph_labels.txt has 2 lines");
  CHECK(with_indicator("1\n1.5\n") == "T_graph_indicator.txt: line 2 '1.5' is not the number of a graph");
  CHECK(with_indicator("1\n99999999999\n") ==
        "T_graph_indicator.txt: line 2 '99999999999' is not the number of a graph");
  TuTexts texts{.edges = "1, 2\n2, 1\n", .graph_indicator = kIndicator, .graph_labels = ""};
  CHECK(fault(texts) == "T_graph_labels.txt: there are no graphs");
  texts.graph_labels = "1\n1, 2\n";
  CHECK(fault(texts) == "T_graph_labels.txt: line 2 has more than one value");
  texts.graph_labels = kLabels, texts.edge_labels = "1\n";
  CHECK(fault(texts) == "T_A.txt: 2 lines, but T_edge_labels.txt has 1");
  texts.edge_labels.reset(), texts.node_labels = "1\n2\n";
  CHECK(fault(texts) == "T_node_labels.txt: 2 lines for 6 nodes");
  texts.node_labels.reset(), texts.node_attributes = "1, 2\n3\n";
  CHECK(fault(texts) == "T_node_attributes.txt: line 2 has 1 values, line 1 has 2");
  texts.node_attributes = "1\n2, 3\n";
  CHECK(fault(texts) == "T_node_attributes.txt: line 2 has more than 1 values, which line 1 has");
  texts.node_attributes = "1\nnan\n";
  CHECK(fault(texts) == "T_node_attributes.txt: line 2 has the value nan, which is not finite in 32 bits");
  texts.node_attributes = "1\n2\n";
  CHECK(fault(texts) == "T_node_attributes.txt: 2 lines for 6 nodes");
  CHECK_THROWS_WITH_AS(load_tu("T", "/none"),
                       "tu:T: no folder /none/TUDataset; the root must be the folder that holds TUDataset", Error);
}

TEST_CASE("a set that is not where it must be is refused with what is there") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const char* name, const std::string& says) {
    const std::string raw = folder / "TUDataset" / name / "raw";
    CHECK_THROWS_WITH_AS(load_tu(name, folder.path()),
                         fmt::format("tu:{}: no folder {}; {}", name, raw, says).c_str(), Error);
  };
  std::filesystem::create_directory(folder / "TUDataset");
  refused("A", "there is no data set in " + (folder / "TUDataset").string());
  folder.write("TUDataset/readme.txt", "no set");
  folder.write("TUDataset/UNZ/UNZ_A.txt", "1, 2\n");
  for (const char* name : {"PROTEINS", "MUTAG"})
    folder.write(fmt::format("TUDataset/{0}/raw/{0}_A.txt", name), "1, 2\n");
  refused("mutag", "did you mean MUTAG? There are MUTAG, PROTEINS");
  refused("XY", "there are MUTAG, PROTEINS");
  refused("UNZ", fmt::format("move the files of {} into {}", (folder / "TUDataset/UNZ").string(),
                             (folder / "TUDataset/UNZ/raw").string()));
  CHECK_THROWS_WITH_AS(load_tu("MUTAG/raw", folder.path()), doctest::Contains("; did you mean MUTAG?"), Error);
  CHECK_THROWS_WITH_AS(load_tu("MUTAG", folder.path()),
                       doctest::Contains("MUTAG_graph_indicator.txt: cannot be opened"), Error);
}

TEST_CASE("labels that differ from node to node are refused before they take all memory") {
  std::string indicator, labels;
  for (int i = 0; i < (1 << 15) + 1; ++i) indicator += "1\n", labels += fmt::format("{}\n", i);
  CHECK(
      fault({.edges = "", .graph_indicator = indicator, .graph_labels = "1\n", .node_labels = labels}) ==
      "T_node_labels.txt: 32769 nodes of 32769 features ask for more than 2^30 numbers; a label that differs from node "
      "to node tells nothing: leave the file out");
}

TEST_CASE("texts that are damaged at random are an error or a sound set") {
  const std::string texts[] = {kEdges,
                               kIndicator,
                               kLabels,
                               "3\n9\n3\n3\n3\n-2\n",
                               "1, 2\n1,2\n2,3\n3,4\n4,5\n-1e2,6",
                               "5\n6\n7\n8\n8\n8\n5\n"};
  int errors = 0, sound = 0;
  for (uint64_t i = 0; i < 4000; ++i) {
    Random random(Key(9).fold(i));
    std::string damaged[6];
    std::copy(texts, texts + 6, damaged);
    for (uint32_t times = 1 + random.below(3); times > 0; --times) {
      std::string& text = damaged[random.below(6)];
      const size_t at = random.below(uint32_t(text.size() + 1));
      static constexpr char kBytes[] = "0123456789,-\n\r .e\0x\xff";
      const char byte = kBytes[random.below(sizeof kBytes)];
      if (random.bernoulli(0.3f))
        text.resize(at);
      else if (at < text.size() && random.bernoulli(0.5f))
        text[at] = byte;
      else
        text.insert(at, 1, byte);
    }
    try {
      validate(parse_tu("T", {.edges = damaged[0],
                              .graph_indicator = damaged[1],
                              .graph_labels = damaged[2],
                              .node_labels = damaged[3],
                              .node_attributes = damaged[4],
                              .edge_labels = damaged[5]}));
      ++sound;
    } catch (const Error& error) {
      CHECK(std::string(error.what()).starts_with("T_"));  // the parser's, not that of `validate`
      ++errors;
    }
  }
  CHECK(errors > 1000);
  CHECK(sound > 100);
}

TEST_CASE("the published sets are read whole") {
  const auto root = test::real_data("TUDataset");
  if (!root) return;
  struct Facts {
    const char* name;
    int64_t graphs, nodes, lines, features;
    int ones;  // graphs with the larger label
  };
  for (const Facts& f : {Facts{"MUTAG", 188, 3371, 7442, 7, 125}, Facts{"PROTEINS", 1113, 43471, 162088, 3, 450},
                         Facts{"NCI1", 4110, 122747, 265506, 37, 2057}}) {
    const GraphDataset data = load_tu(f.name, *root);
    validate(data);
    CHECK(data.size() == f.graphs);
    CHECK(data.nodes() == f.nodes);
    CHECK(2 * int64_t(data.edges.size()) == f.lines);  // which hold both directions
    CHECK(data.features == f.features);
    CHECK(std::count(data.labels.begin(), data.labels.end(), 1) == f.ones);
    CHECK(data.loops_left_out + data.doubles_left_out == 0);
  }
  CHECK(load_tu("PROTEINS", *root, {.use_node_attr = true}).features == 4);
  CHECK(load_tu("MUTAG", *root).edge_classes == 4);
}

TEST_CASE("a graph data set that is not whole is refused") {
  const auto fault_of = [](auto change) -> std::string {
    GraphDataset data = rings({5, 4});
    change(data);
    try {
      validate(data);
    } catch (const Error& error) { return error.what(); }
    return "no error";
  };
  CHECK(fault_of([](auto& d) {
          d.edges[0] = {1, 0};
        }) == "rings: edge 1 - 0 of graph 0, which has 5 nodes: the smaller node must come first");
  CHECK(fault_of([](auto& d) { d.edges[1] = d.edges[0]; }) ==
        "rings: the edges of graph 0 must ascend, each once; 0 - 1 does not");
  CHECK(fault_of([](auto& d) { d.labels[1] = 2; }) == "rings: label 2 of graphs 1 is outside 0 .. 1");
  CHECK(fault_of([](auto& d) { d.x.pop_back(); }) ==
        "rings: 9 nodes of 2 features ask for 18 numbers; there are 17");
  CHECK(fault_of([](auto& d) { d.node_offsets[1] = 99; }) ==
        "rings: the offsets of the nodes of 2 graphs must ascend from 0 to 9");
  CHECK(fault_of([](auto& d) { d.x[3] = NAN; }) == "rings: feature 1 of node 1 is nan");
}

TEST_CASE("a part of a set has the graphs that were asked for, with all that belongs to them") {
  TuTexts texts{.edges = kEdges, .graph_indicator = kIndicator, .graph_labels = kLabels};
  texts.node_labels = "0\n0\n1\n0\n2\n0\n", texts.edge_labels = "1\n2\n2\n3\n3\n1\n3\n";
  const GraphDataset all = parse_tu("T", texts), part = subset(all, std::vector{1, 0, 1});
  validate(part);
  CHECK(part.labels == std::vector{all.labels[1], all.labels[0], all.labels[1]});
  CHECK(part.node_labels == std::vector{0, 2, 0, 0, 0, 1, 0, 2, 0});
  CHECK(part.edge_labels == std::vector{2, 0, 1, 2});
  CHECK(part.edges == std::vector<Edge>{{0, 1}, {0, 1}, {1, 2}, {0, 1}});
  CHECK(std::vector<float>(part.x.begin() + 3, part.x.begin() + 6) == std::vector<float>{0, 0, 1});
  CHECK(digest(subset(all, std::vector{0, 1})) == digest(all));
  CHECK(subset(all, {}).size() == 0);
  CHECK_THROWS_WITH_AS(subset(all, std::vector{2}), "subset: graph 2 of T (2 graphs)", Error);
}

TEST_CASE("each transform changes what it says, and keeps graphs sound") {
  const GraphDataset data = rings({20, 0, 1, 2, 4, 11});
  CHECK(sorted(names_of(known_graph_transforms())) ==
        sorted({"drop_nodes", "perturb_edges", "mask_nodes", "subgraph", "identity"}));
  for (int64_t g = 0; g < data.size(); ++g) {
    GraphView plain;
    plain.assign(data, g);
    const int n = plain.size(), edges = int(plain.edges.size());
    for (uint64_t seed = 0; seed < 20; ++seed) {
      for (const KnownGraphTransform& row : known_graph_transforms()) check_sound(view_of(data, g, row.name, seed));
      const GraphView dropped = view_of(data, g, "drop_nodes", seed);
      CHECK(dropped.size() == n - n / 5);
      const GraphView perturbed = view_of(data, g, "perturb_edges", seed);
      const int changed = edges / 5, free = n * (n - 1) / 2 - edges;
      CHECK(perturbed.size() == n);
      CHECK(int(perturbed.edges.size()) == edges - changed + std::min(changed, free));
      const int kept = int(std::count_if(perturbed.edges.begin(), perturbed.edges.end(), [&](Edge edge) {
        return std::binary_search(plain.edges.begin(), plain.edges.end(), edge);
      }));
      CHECK(kept == edges - changed);  // what is added had no edge before
      const GraphView masked = view_of(data, g, "mask_nodes", seed);
      CHECK(std::count(masked.masked.begin(), masked.masked.end(), 1) == n / 5);
      CHECK(masked.edges == plain.edges);
      const GraphView sub = view_of(data, g, "subgraph", seed);
      CHECK(sub.size() == n - n / 5);  // these graphs are connected
    }
  }
  const GraphView all = view_of(data, 0, "mask_nodes", 1, {{"mask_ratio", "1"}});
  CHECK(std::count(all.masked.begin(), all.masked.end(), 1) == 20);
  CHECK(view_of(data, 0, "subgraph", 1, {{"keep", "0.05"}}).size() == 1);
  CHECK_THROWS_WITH_AS(make_graph_views({"identity"}, {{"keep", "0.5"}}),
                       "views: none of the transforms has an option 'keep'", Error);
  CHECK_THROWS_WITH_AS(make_graph_views({"drop_nodes"}, {{"drop_ratio", "1"}}),
                       "drop_ratio: must be at least 0 and below 1, got 1", Error);
}

TEST_CASE("a subgraph stays in what its first node can reach") {
  GraphDataset data =
      parse_tu("T", {.edges = "1, 2\n3, 4\n", .graph_indicator = "1\n1\n1\n1\n1\n", .graph_labels = "1"});
  std::map<int, int> sizes;
  for (uint64_t seed = 0; seed < 50; ++seed) ++sizes[view_of(data, 0, "subgraph", seed).size()];
  CHECK(sizes[2] + sizes[1] == 50);  // a pair, or node 5 alone
  CHECK(sizes[2] > 25);
  CHECK(sizes[1] > 2);
}

TEST_CASE("a batch is the disjoint union of its graphs, empty ones too") {
  const GraphDataset data = rings({4, 0, 2});
  const GraphBatch batch = to_batch(data, std::vector{2, 1, 0});
  CHECK(batch.offsets == std::vector<int64_t>{0, 2, 2, 6});
  CHECK(batch.x.to_vector<float>() == std::vector<float>{8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(neighbours(batch, 0) == std::vector{1});
  CHECK(neighbours(batch, 2) == std::vector{3, 5});
  CHECK(neighbours(batch, 4) == std::vector{3, 5});
  CHECK_THROWS_WITH_AS(to_batch(data, std::vector{3}), "augment_batch: graph 3 of rings (3 graphs)", Error);
}

TEST_CASE("a masked node shows the mean of its graph") {
  const GraphDataset data = rings({3, 5});
  const std::optional<Key> keys[] = {Key(3)};
  const auto x = augment_batch(data, std::vector{1}, make_graph_views({"mask_nodes"}, {{"mask_ratio", "1"}}), keys)
                     .x.to_vector<float>();
  CHECK(x == std::vector<float>{10, 11, 10, 11, 10, 11, 10, 11, 10, 11});
}

TEST_CASE("a view depends on its key and its graph alone, batches are the same for any number of threads") {
  std::vector<int> sizes;
  for (int g = 0; g < 70; ++g) sizes.push_back(g % 13);
  const GraphDataset data = rings(sizes);
  const RestoreThreads restore;
  const auto epoch = [&](GraphLoaderOptions options, int64_t first = 0) {
    GraphLoader loader(data, options);
    loader.start_epoch(3, first);
    std::vector<GraphBatch> batches;
    std::vector<int> indices;
    while (const ViewsOfGraphs* batch = loader.next()) {
      batches.push_back(batch->views);
      indices.insert(indices.end(), batch->indices.begin(), batch->indices.end());
      for (size_t i = 0; i < batch->labels.size(); ++i) CHECK(batch->labels[i] == batch->indices[i] % 2);
    }
    return std::pair(std::move(batches), indices);
  };
  set_num_threads(1);
  const auto [one, indices] = epoch({.batch = 16, .prefetch = 0});
  REQUIRE(one.size() == 5);  // 4 of 16, 1 of 6
  CHECK(one[4].size() == 12);
  std::vector<int> seen = indices;
  std::sort(seen.begin(), seen.end());
  for (int g = 0; g < 70; ++g) CHECK(seen[size_t(g)] == g);
  for (const int threads : {2, 4}) {
    set_num_threads(threads);
    const auto [many, same_indices] = epoch({.batch = 16});
    CHECK(same_indices == indices);
    for (size_t b = 0; b < 5; ++b) CHECK(same(one[b], many[b]));
  }
  CHECK(same(epoch({.batch = 16}, 3).first[0], one[3]));
  const Key key = Key(1).fold(3);
  const std::optional<Key> keys[] = {key.fold(0), key.fold(1)};
  CHECK(same(one[1],
             augment_batch(data, std::span(indices).subspan(16, 16), make_graph_views(graphcl_views()), keys)));
  const auto anchored = epoch({.batch = 16, .num_views = 1, .anchor_plain = true}).first;
  CHECK(same(anchored[0], to_batch(data, std::span(indices).first(16))));
  CHECK(GraphLoader(data, {.batch = 23}).steps_per_epoch() == 3);  // one graph has no other beside it: left out
  CHECK(GraphLoader(data, {.batch = 16, .drop_last = true}).steps_per_epoch() == 4);
  CHECK_THROWS_WITH_AS(GraphLoader(data, {.batch = 71}),
                       "loader: a batch of 71 is larger than the data: rings has 70 items", Error);
}
