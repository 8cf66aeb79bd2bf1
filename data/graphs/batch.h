#pragma once
#include <optional>
#include <span>

#include "nce/core/graph_batch.h"
#include "nce/core/random.h"
#include "nce/data/graphs/dataset.h"
#include "nce/data/graphs/views/catalogue.h"

namespace nce::data {

/// These graphs of a data set as they are.
GraphBatch to_batch(const GraphDataset& data, std::span<const int> graphs);

/// Random views of these graphs: for each key of `keys` (one a view) a view of each graph, those of the first key first.
/// Each draws one of `views` by (key, graph), and depends neither on the batch nor on the number of threads. A null key
/// gives the graphs as they are. `numbers`, one a graph, stand for the graphs in the keys: a graph that is there twice
/// has two views. Empty: the graphs themselves.
GraphBatch augment_batch(const GraphDataset& data, std::span<const int> graphs, const GraphViews& views,
                         std::span<const std::optional<Key>> keys, std::span<const uint64_t> numbers = {});

}  // namespace nce::data
