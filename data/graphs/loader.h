#pragma once
#include <cstdint>
#include <vector>

#include "nce/core/graph_batch.h"
#include "nce/data/graphs/dataset.h"
#include "nce/data/graphs/views/catalogue.h"
#include "nce/data/order.h"
#include "nce/data/ring.h"

namespace nce::data {

struct GraphLoaderOptions {
  int64_t batch = 128;
  uint64_t seed = 1;
  /// Each view of each graph gets one of these.
  GraphViews views = make_graph_views(graphcl_views());
  int64_t num_views = 2;      ///< Of each graph.
  bool anchor_plain = false;  ///< Whether the first view is the graph without changes.
  /// As for `Loader`. With 0, all threads make each batch together. A background thread would cost training more than
  /// it saves.
  int prefetch = 0;
  Sampler sampler = RandomSampler();
  bool drop_last = false;  ///< Whether a last, smaller batch is left out. A single graph always is.
};

/// V views of each of B graphs. Graphs j, B + j, 2B + j ... of `views` show graph indices[j], with label labels[j].
struct ViewsOfGraphs {
  int64_t step = 0;                  ///< Within the epoch, from 0.
  std::vector<int> indices, labels;  ///< One for each graph: B each.
  GraphBatch views;                  ///< V B graphs: B first views, then B second views, ...
};

/// Goes through graphs in batches of views, as `Loader` does through images. A sampler draws the order of each epoch.
/// The order depends on (seed, epoch), a view on (seed, epoch, graph, its place among the views).
class GraphLoader {
 public:
  /// `data` must outlive the loader. Errors: a batch larger than the data, a data set that is not whole.
  GraphLoader(const GraphDataset& data, GraphLoaderOptions options);
  GraphLoader(const GraphDataset&&, GraphLoaderOptions) = delete;

  int64_t steps_per_epoch() const { return order_.steps(); }
  /// Stops the present epoch, and begins `epoch` at `first_step` (0 .. steps_per_epoch()).
  void start_epoch(int64_t epoch, int64_t first_step = 0);
  /// The next batch, or null at the end of the epoch. It is valid until the next call of any function of the loader.
  const ViewsOfGraphs* next();

 private:
  void make(int64_t step, ViewsOfGraphs& batch);

  const GraphDataset& data_;
  const GraphLoaderOptions options_;
  Order order_;
  int64_t epoch_ = -1;
  Ring<ViewsOfGraphs> ring_;  // last: its thread uses everything above
};

}  // namespace nce::data
