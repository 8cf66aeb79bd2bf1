#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/catalogue.h"
#include "nce/core/random.h"
#include "nce/data/graphs/views/graph_view.h"

/// The table of all transforms of graphs by name. To add one: its header in this folder, a row in catalogue.cpp, a test.
namespace nce::data {

/// A random change of a graph: a pure function of the graph and the random numbers.
using GraphTransform = std::function<void(GraphView& view, Random& random)>;

/// A row of the catalogue.
struct KnownGraphTransform {
  std::string name;
  std::function<std::vector<Option>(const std::vector<Setting>& settings)> options;
  std::function<GraphTransform(const std::vector<Setting>& settings)> make;
};

/// The row of a struct with `fields` and `apply`.
template <class T>
KnownGraphTransform known_graph_transform(std::string name) {
  return {.name = std::move(name),
          .options = listed_options(T{}),
          .make = [](const std::vector<Setting>& settings) -> GraphTransform {
            return [t = with_settings(T{}, settings)](GraphView& view, Random& random) { t.apply(view, random); };
          }};
}

Catalogue<KnownGraphTransform>& known_graph_transforms();

/// A list of transforms. Each view of each graph draws one of them.
using GraphViews = std::vector<GraphTransform>;

/// The transforms with these names, and the options in `settings`. An unknown name or option is an error.
GraphViews make_graph_views(const std::vector<std::string>& names, const std::vector<Setting>& settings = {});

/// The four of GraphCL, ratio 0.2 each. Source: You et al., "Graph Contrastive Learning with Augmentations", NeurIPS 2020.
std::vector<std::string> graphcl_views();

}  // namespace nce::data
