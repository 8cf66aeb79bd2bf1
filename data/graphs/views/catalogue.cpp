#include "nce/data/graphs/views/catalogue.h"

#include <algorithm>

#include "nce/data/graphs/views/drop_nodes.h"
#include "nce/data/graphs/views/mask_nodes.h"
#include "nce/data/graphs/views/perturb_edges.h"
#include "nce/data/graphs/views/subgraph.h"

namespace nce::data {
namespace {

struct Identity {
  void fields(Options&) {}
  void apply(GraphView&, Random&) const {}
};

}  // namespace

Catalogue<KnownGraphTransform>& known_graph_transforms() {
  static Catalogue<KnownGraphTransform> all(
      "transform of graphs",
      {known_graph_transform<DropNodes>("drop_nodes"), known_graph_transform<PerturbEdges>("perturb_edges"),
       known_graph_transform<MaskNodes>("mask_nodes"), known_graph_transform<Subgraph>("subgraph"),
       known_graph_transform<Identity>("identity")});
  return all;
}

GraphViews make_graph_views(const std::vector<std::string>& names, const std::vector<Setting>& settings) {
  check(!names.empty(), "views: at least one transform is needed");
  GraphViews views;
  std::vector<std::string> known;
  for (const std::string& name : names) {
    const KnownGraphTransform& row = known_graph_transforms().find(name);
    std::vector<Setting> own;
    for (const Option& option : row.options({})) {
      known.push_back(option.name);
      for (const Setting& setting : settings)
        if (setting.name == option.name) own.push_back(setting);
    }
    views.push_back(row.make(own));
  }
  for (const Setting& setting : settings)
    check(std::find(known.begin(), known.end(), setting.name) != known.end(),
          "views: none of the transforms has an option '{}'", setting.name);
  return views;
}

std::vector<std::string> graphcl_views() { return {"drop_nodes", "perturb_edges", "mask_nodes", "subgraph"}; }

}  // namespace nce::data
