#pragma once
#include <optional>
#include <span>

#include "nce/core/graph_batch.h"
#include "nce/core/random.h"
#include "nce/data/graphs/dataset.h"
#include "nce/data/graphs/views/catalogue.h"

namespace nce::data {

/// These graphs of a data set, without changes.
GraphBatch to_batch(const GraphDataset& data, std::span<const int> graphs);

/// Random views of these graphs. For each key of `keys` there is a view of each graph, first all views of the first
/// key. A view draws one of `views` by (key, graph); it depends neither on the batch nor on the number of threads. A
/// null key gives the graphs without changes. `numbers`, one for each graph, replace the graph in (key, graph), so that
/// a graph that occurs twice has different views. Empty: the graphs themselves.
GraphBatch augment_batch(const GraphDataset& data, std::span<const int> graphs, const GraphViews& views,
                         std::span<const std::optional<Key>> keys, std::span<const uint64_t> numbers = {});

}  // namespace nce::data
