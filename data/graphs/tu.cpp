#include "nce/data/graphs/tu.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "nce/core/error.h"
#include "nce/core/files/contents.h"
#include "nce/core/files/paths.h"
#include "nce/core/nearest.h"
#include "nce/data/lines.h"

namespace nce::data {
namespace {

std::vector<int> whole_numbers(Lines lines) {
  std::vector<int> numbers;
  while (lines.next()) numbers.push_back(lines.only<int>("a whole number"));
  return numbers;
}

// Sorts the values that occur, and numbers them from 0. Returns how many there are.
int number_labels(std::vector<int>& labels) {
  std::vector<int> values = labels;
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (int& label : labels) label = int(std::lower_bound(values.begin(), values.end(), label) - values.begin());
  return int(values.size());
}

// Fills node_offsets; returns the graph of each node.
std::vector<int> read_nodes(Lines lines, int64_t graphs, GraphDataset& data) {
  std::vector<int> graph_of;
  int last = 0;
  while (lines.next()) {
    const int graph = lines.only<int>("the number of a graph");
    lines.ensure(graph >= last, "says graph {} after graph {}: the nodes of a graph must stand together, in order",
                 graph, last);
    lines.ensure(graph <= last + 1, "says graph {} after graph {}: graph {} has no nodes", graph, last, last + 1);
    lines.ensure(graph <= graphs, "says graph {}, but {}_graph_labels.txt has {} lines", graph, data.name, graphs);
    if (graph > last && last > 0) data.node_offsets.push_back(int64_t(graph_of.size()));
    last = graph;
    graph_of.push_back(graph - 1);
  }
  check(last == graphs, "{}: the last graph is {}, but {}_graph_labels.txt has {} lines", lines.path(), last,
        data.name, graphs);
  check(graph_of.size() <= size_t(std::numeric_limits<int>::max()), "{}: more nodes than 32 bits count",
        lines.path());
  data.node_offsets.push_back(int64_t(graph_of.size()));
  return graph_of;
}

struct Line {
  Edge edge;  // nodes of the whole set
  int64_t number;
  bool swapped;
};

// Fills the edges; `labels` is the label of each line, or empty.
void read_edges(Lines lines, const std::vector<int>& graph_of, const std::vector<int>* labels, GraphDataset& data) {
  std::vector<Line> all;
  const auto node = [&] {
    const int id = lines.value<int>("the number of a node");
    lines.ensure(id >= 1 && id <= int(graph_of.size()), "names node {}; there are nodes 1 .. {}", id,
                 graph_of.size());
    return id - 1;
  };
  while (lines.next()) {
    const int a = node();
    lines.ensure(!lines.at_end(), "has one node; an edge needs two");
    const int b = node();
    lines.ensure(lines.at_end(), "has more than two nodes");
    lines.ensure(graph_of[size_t(a)] == graph_of[size_t(b)],
                 "is an edge from node {} of graph {} to node {} of graph {}", a + 1, graph_of[size_t(a)] + 1,
                 b + 1, graph_of[size_t(b)] + 1);
    if (a == b)
      ++data.loops_left_out;
    else
      all.push_back({{std::min(a, b), std::max(a, b)}, lines.number(), a > b});
  }
  check(!labels || int64_t(labels->size()) == lines.number(), "{}: {} lines, but {}_edge_labels.txt has {}",
        lines.path(), lines.number(), data.name, labels ? labels->size() : 0);
  std::sort(all.begin(), all.end(),
            [](const Line& l, const Line& r) { return l.edge != r.edge ? l.edge < r.edge : l.number < r.number; });
  int64_t graph = 0;
  for (size_t i = 0; i < all.size();) {
    const Edge edge = all[i].edge;
    for (; graph < graph_of[size_t(edge.a)]; ++graph) data.edge_offsets.push_back(int64_t(data.edges.size()));
    const int first = int(data.node_offsets[size_t(graph)]);
    data.edges.push_back({edge.a - first, edge.b - first});
    if (labels) data.edge_labels.push_back((*labels)[size_t(all[i].number) - 1]);
    int64_t times[2] = {0, 0};  // in each direction
    for (; i < all.size() && all[i].edge == edge; ++i) ++times[all[i].swapped];
    for (const int64_t t : times) data.doubles_left_out += std::max<int64_t>(0, t - 1);
  }
  data.edge_offsets.resize(size_t(data.size()) + 1, int64_t(data.edges.size()));
}

// Row by row.
struct Attributes {
  std::vector<float> values;
  int64_t columns = 0;
};

Attributes read_attributes(Lines lines, size_t nodes) {
  Attributes read;
  while (lines.next()) {
    int64_t column = 0;
    do {
      const double value = lines.value<double>("a number");
      lines.ensure(std::isfinite(value) && std::abs(value) <= double(std::numeric_limits<float>::max()),
                   "has the value {}, which is not finite in 32 bits", value);
      if (lines.number() == 1) ++read.columns;
      lines.ensure(column++ < read.columns, "has more than {} values, which line 1 has", read.columns);
      read.values.push_back(float(value));
    } while (!lines.at_end());
    lines.ensure(column == read.columns, "has {} values, line 1 has {}", column, read.columns);
  }
  check(lines.number() == int64_t(nodes), "{}: {} lines for {} nodes", lines.path(), lines.number(), nodes);
  return read;
}

// Fills x: the attributes of each node, then `classes` columns with a 1 at its class. `file` is for the error.
void fill_features(const Attributes& attributes, const std::vector<int>& of_node, int classes, int64_t nodes,
                   const std::string& file, GraphDataset& data) {
  constexpr int64_t kMost = int64_t(1) << 30;  // 4 GiB
  data.features = attributes.columns + classes;
  check(data.features <= kMost / nodes,
        "{}: {} nodes of {} features ask for more than 2^30 numbers; a label that differs from node to node tells "
        "nothing: leave the file out",
        file, nodes, data.features);
  data.x.resize(size_t(nodes * data.features));
  for (int64_t i = 0; i < nodes; ++i) {
    float* row = data.x.data() + i * data.features;
    std::copy_n(attributes.values.begin() + i * attributes.columns, attributes.columns, row);
    if (classes > 0) row[attributes.columns + of_node[size_t(i)]] = 1;
  }
}

}  // namespace

GraphDataset parse_tu(const std::string& name, const TuTexts& texts, const TuOptions& options,
                      const std::filesystem::path& folder) {
  const auto lines = [&](const char* what, std::string_view text) {
    return Lines(folder / fmt::format("{}_{}.txt", name, what), text);
  };
  GraphDataset data{.name = name, .labels = whole_numbers(lines("graph_labels", texts.graph_labels))};
  data.source = folder.string();
  check(data.size() > 0, "{}: there are no graphs", lines("graph_labels", "").path());
  data.classes = number_labels(data.labels);
  const std::vector<int> graph_of = read_nodes(lines("graph_indicator", texts.graph_indicator), data.size(), data);
  std::vector<int> edge_labels;
  if (texts.edge_labels) {
    edge_labels = whole_numbers(lines("edge_labels", *texts.edge_labels));
    data.edge_classes = number_labels(edge_labels);
  }
  read_edges(lines("A", texts.edges), graph_of, texts.edge_labels ? &edge_labels : nullptr, data);

  check(!options.use_node_attr || texts.node_attributes,
        "{}: there is no such file, so nodes have no attributes to show; leave use_node_attr out",
        lines("node_attributes", "").path());
  Attributes attributes;
  std::vector<int> of_node;
  int classes = 0;
  std::vector<std::string> are;
  if (texts.node_attributes) {
    attributes = read_attributes(lines("node_attributes", *texts.node_attributes), graph_of.size());
    if (texts.node_labels && !options.use_node_attr)
      attributes = {};
    else
      are.push_back("node attributes");
  }
  if (texts.node_labels) {
    data.node_labels = whole_numbers(lines("node_labels", *texts.node_labels));
    check(data.node_labels.size() == graph_of.size(), "{}: {} lines for {} nodes", lines("node_labels", "").path(),
          data.node_labels.size(), graph_of.size());
    data.node_classes = number_labels(data.node_labels);
    of_node = data.node_labels, classes = data.node_classes;
    are.push_back("node labels");
  }
  if (are.empty()) {
    of_node = degree_classes(data), classes = 1 + *std::max_element(of_node.begin(), of_node.end());
    are.push_back("degrees");
  }
  data.features_are = fmt::format("{}", fmt::join(are, " and "));
  const char* widest = texts.node_labels ? "node_labels" : texts.node_attributes ? "node_attributes" : "A";
  fill_features(attributes, of_node, classes, data.nodes(), lines(widest, "").path(), data);
  return data;
}

GraphDataset load_tu(const std::string& name, const std::filesystem::path& root, const TuOptions& options) {
  const std::filesystem::path all = root / "TUDataset", folder = all / name / "raw";
  check(is_folder(all), "tu:{}: no folder {}; the root must be the folder that holds TUDataset", name,
        all.string());
  const bool is_name = !name.empty() && name.find('/') == std::string::npos;
  if (!is_name || !is_folder(folder)) {
    std::vector<std::string> there;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(all, ignored))
      if (std::filesystem::is_directory(entry.path() / "raw", ignored))
        there.push_back(entry.path().filename().string());
    std::sort(there.begin(), there.end());
    const std::string own = (all / name).string();
    fail("tu:{}: no folder {}; {}", name, folder.string(),
         is_name && is_folder(own) ? fmt::format("move the files of {} into {}", own, folder.string())
         : there.empty()           ? fmt::format("there is no data set in {}", all.string())
                                   : offer(name, there));
  }
  std::map<std::string, std::string> texts;
  const auto text = [&](const char* what) -> std::string_view {
    return texts[what] = contents_of(folder / fmt::format("{}_{}.txt", name, what));
  };
  const auto optional = [&](const char* what) -> std::optional<std::string_view> {
    if (!is_there(folder / fmt::format("{}_{}.txt", name, what))) return std::nullopt;
    return text(what);
  };
  return parse_tu(name,
                  {.edges = text("A"),
                   .graph_indicator = text("graph_indicator"),
                   .graph_labels = text("graph_labels"),
                   .node_labels = optional("node_labels"),
                   .node_attributes = optional("node_attributes"),
                   .edge_labels = optional("edge_labels")},
                  options, folder);
}

}  // namespace nce::data
