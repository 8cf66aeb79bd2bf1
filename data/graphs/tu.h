#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "nce/data/graphs/dataset.h"

namespace nce::data {

/// Which features nodes have. Names as in PyTorch Geometric's `TUDataset`.
struct TuOptions {
  /// Puts attributes before the labels; an error if there are none. Without labels, attributes are always used.
  bool use_node_attr = false;
};

/// The text of the files of a set `NAME` in the TU Dortmund format. Nodes and graphs are counted from 1.
struct TuTexts {
  std::string_view edges;                                ///< NAME_A.txt: "a, b" a line, two nodes of one graph
  std::string_view graph_indicator;                      ///< the graph of each node, ascending
  std::string_view graph_labels;                         ///< a whole number for each graph
  std::optional<std::string_view> node_labels = {};      ///< a whole number for each node
  std::optional<std::string_view> node_attributes = {};  ///< numbers with commas between them for each node
  std::optional<std::string_view> edge_labels = {};      ///< a whole number for each line of NAME_A.txt
};

/// Reads a set from its texts: a pure function. `folder` and `name` are for errors, which name file and line.
/// - Graphs are undirected. An edge may be given in one direction or in both. Loops and repeated lines are left out and
///   counted. The label of an edge is that of its first line.
/// - Labels may be any whole numbers. Those that occur are sorted and numbered from 0.
/// - Node features are the labels, one column for each (1 or 0), and attributes as `options` say. If there are neither
///   labels nor attributes, they are the degrees, one column for each; all degrees from 63 on share the last column.
/// - Errors: an empty line; something that is no number; a node that is not there; an edge between two graphs; an
///   indicator that is not sorted or leaves a graph out; files whose lengths differ.
GraphDataset parse_tu(const std::string& name, const TuTexts& texts, const TuOptions& options = {},
                      const std::filesystem::path& folder = {});

/// Reads `<root>/TUDataset/NAME/raw`, the folder of PyTorch Geometric. Source of format and sets: Morris et al.,
/// "TUDataset: A collection of benchmark datasets for learning with graphs", 2020.
GraphDataset load_tu(const std::string& name, const std::filesystem::path& root, const TuOptions& options = {});

}  // namespace nce::data
