#include "nce/data/graphs/tu.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <set>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "nce/data/graphs/lines.h"

namespace nce::data {
namespace {

std::vector<int> whole_numbers(Lines lines) {
  std::vector<int> numbers;
  while (lines.next()) numbers.push_back(lines.only<int>("a whole number"));
  return numbers;
}

// Numbers the values that occur from 0, ascending. Returns how many there are.
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

void add_one_hot(std::vector<std::vector<float>>& columns, const std::vector<int>& labels, int classes) {
  const size_t first = columns.size();
  columns.resize(first + size_t(classes), std::vector<float>(labels.size()));
  for (size_t i = 0; i < labels.size(); ++i) columns[first + size_t(labels[i])][i] = 1;
}

std::vector<std::vector<float>> read_attributes(Lines lines, size_t nodes) {
  std::vector<std::vector<float>> columns;
  while (lines.next()) {
    size_t column = 0;
    do {
      const double value = lines.value<double>("a number");
      lines.ensure(std::isfinite(value) && std::abs(value) <= double(std::numeric_limits<float>::max()),
                   "has the value {}, which is not finite in 32 bits", value);
      if (lines.number() == 1) columns.emplace_back();
      lines.ensure(column < columns.size(), "has more than {} values, which line 1 has", columns.size());
      columns[column++].push_back(float(value));
    } while (!lines.at_end());
    lines.ensure(column == columns.size(), "has {} values, line 1 has {}", column, columns.size());
  }
  check(lines.number() == int64_t(nodes), "{}: {} lines for {} nodes", lines.path(), lines.number(), nodes);
  return columns;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  check(file.good(), "{}: cannot be opened", path.string());
  std::string text(size_t(bytes_of(path)), '\0');
  check(bool(file.read(text.data(), std::streamsize(text.size()))), "{}: cannot be read", path.string());
  return text;
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

  std::vector<std::vector<float>> columns;
  std::vector<std::string> are;
  if (texts.node_attributes) {
    columns = read_attributes(lines("node_attributes", *texts.node_attributes), graph_of.size());
    if (texts.node_labels && !options.use_node_attr)
      columns.clear();
    else
      are.push_back("node attributes");
  }
  if (texts.node_labels) {
    data.node_labels = whole_numbers(lines("node_labels", *texts.node_labels));
    check(data.node_labels.size() == graph_of.size(), "{}: {} lines for {} nodes", lines("node_labels", "").path(),
          data.node_labels.size(), graph_of.size());
    data.node_classes = number_labels(data.node_labels);
    add_one_hot(columns, data.node_labels, data.node_classes);
    are.push_back("node labels");
  }
  if (columns.empty()) {
    constexpr int kMost = 63;
    std::vector<int> degree = degrees(data);
    for (int& d : degree) d = std::min(d, kMost);
    add_one_hot(columns, degree, 1 + *std::max_element(degree.begin(), degree.end()));
    are.push_back("degrees");
  }
  data.features_are = fmt::format("{}", fmt::join(are, " and "));
  data.features = int64_t(columns.size());
  data.x.resize(graph_of.size() * columns.size());
  for (size_t c = 0; c < columns.size(); ++c)
    for (size_t i = 0; i < graph_of.size(); ++i) data.x[i * columns.size() + c] = columns[c][i];
  return data;
}

GraphDataset load_tu(const std::string& name, const std::filesystem::path& root, const TuOptions& options) {
  const std::filesystem::path all = root / "TUDataset", folder = all / name / "raw";
  check(is_folder(all), "tu:{}: no folder {}; the root must be the folder that holds TUDataset", name,
        all.string());
  if (name.empty() || name.find('/') != std::string::npos || !is_folder(folder)) {
    std::set<std::string> there;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(all, ignored))
      there.insert(entry.path().filename().string());
    fail("tu:{}: no folder {}; there are {}", name, folder.string(), fmt::join(there, ", "));
  }
  std::map<std::string, std::string> texts;
  const auto text = [&](const char* what) -> std::string_view {
    return texts[what] = text_of(folder / fmt::format("{}_{}.txt", name, what));
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
