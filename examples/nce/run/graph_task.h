#pragma once
#include "run/task.h"

namespace nce::cli {

/// Labelled graphs (nce/data/graphs), random views of them, and the encoders of nce/nn/graphs. There is no test set: both
/// splits are all graphs, and features are measured by cross-validation.
KnownTask graph_task();

}  // namespace nce::cli
