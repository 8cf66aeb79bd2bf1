#pragma once
#include "run/task.h"

namespace nce::cli {

/// Groups of sentences, or sentences one by one (nce/data/sentences), and the encoders of nce/nn/sentences. Measured by
/// Spearman's correlation with people's scores of pairs.
KnownTask sentence_task();

}  // namespace nce::cli
