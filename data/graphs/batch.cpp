#include "nce/data/graphs/batch.h"

#include <algorithm>
#include <limits>

#include "nce/core/error.h"
#include "nce/core/parallel.h"

namespace nce::data {
namespace {

constexpr int64_t kGrain = 16;  // graphs at once

// The rows of a view's nodes.
void write_features(const GraphDataset& data, int64_t graph, const GraphView& view, float* out) {
  const int64_t f = data.features;
  std::vector<float> mean;
  for (int i = 0; i < view.size(); ++i) {
    const float* row = data.row(graph, view.nodes[size_t(i)]);
    if (view.masked[size_t(i)]) {
      if (mean.empty()) {
        mean.resize(size_t(f));
        for (int node = 0; node < data.nodes_of(graph); ++node)
          for (int64_t c = 0; c < f; ++c) mean[size_t(c)] += data.row(graph, node)[c];
        for (float& m : mean) m /= float(data.nodes_of(graph));
      }
      row = mean.data();
    }
    std::copy_n(row, f, out + i * f);
  }
}

// The neighbours of the nodes of a view. `ends`: where their lists end in the whole batch; `before`: where the first begins.
void write_neighbours(const GraphView& view, int64_t first_node, int64_t before, int64_t* ends, int* values) {
  std::fill_n(ends, view.size(), 0);
  for (const Edge& edge : view.edges) ++ends[edge.a], ++ends[edge.b];
  for (int i = 0; i < view.size(); ++i) ends[i] = before += ends[i];
  for (size_t e = view.edges.size(); e-- > 0;) {  // backwards, so that each end becomes a begin
    const Edge edge = view.edges[e];
    values[--ends[edge.b]] = int(first_node + edge.a);
    values[--ends[edge.a]] = int(first_node + edge.b);
  }
}

}  // namespace

GraphBatch augment_batch(const GraphDataset& data, std::span<const int> graphs, const GraphViews& views,
                         std::span<const std::optional<Key>> keys, std::span<const uint64_t> numbers) {
  for (const int g : graphs)
    check(g >= 0 && g < data.size(), "augment_batch: graph {} of {} ({} graphs)", g, data.name, data.size());
  for (const auto& key : keys) check(!key || !views.empty(), "augment_batch: no transforms to draw from");
  const int64_t count = int64_t(graphs.size() * keys.size());
  static thread_local std::vector<GraphView> room;  // kept, so that the next batch finds its memory
  std::vector<GraphView>& made = room;              // that of this thread; the other threads use it, too
  made.resize(size_t(count));
  parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int graph = graphs[size_t(i) % graphs.size()];
      made[size_t(i)].assign(data, graph);
      const std::optional<Key> key = keys[size_t(i) / graphs.size()];
      if (!key) continue;
      Random random(key->fold(numbers.empty() ? uint64_t(graph) : numbers[size_t(i) % graphs.size()]));
      views[random.below(uint32_t(views.size()))](made[size_t(i)], random);
    }
  });
  GraphBatch batch;
  std::vector<int64_t> entries{0};
  for (const GraphView& view : made) {
    batch.offsets.push_back(batch.offsets.back() + view.size());
    entries.push_back(entries.back() + 2 * int64_t(view.edges.size()));
  }
  const int64_t nodes = batch.offsets.back();
  check(std::max(nodes, entries.back()) <= std::numeric_limits<int>::max(),
        "augment_batch: {} nodes with {} neighbours are more than 32 bits count", nodes, entries.back());
  batch.x = Tensor::empty({nodes, data.features});
  float* x = batch.x.mutable_data<float>();
  Ragged lists;
  lists.offsets.resize(size_t(nodes) + 1);
  lists.values.resize(size_t(entries.back()));
  parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = batch.offsets[size_t(i)];
      write_features(data, graphs[size_t(i) % graphs.size()], made[size_t(i)], x + first * data.features);
      write_neighbours(made[size_t(i)], first, entries[size_t(i)], lists.offsets.data() + first,
                       lists.values.data());
    }
  });
  lists.offsets[size_t(nodes)] = entries.back();
  batch.adjacency = SparseMatrix(std::move(lists), nodes);
  return batch;
}

GraphBatch to_batch(const GraphDataset& data, std::span<const int> graphs) {
  const std::optional<Key> plain[] = {std::nullopt};
  return augment_batch(data, graphs, {}, plain);
}

}  // namespace nce::data
