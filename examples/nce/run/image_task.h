#pragma once
#include "run/task.h"

namespace nce::cli {

/// Labelled images (nce/data), random views of them, and the encoders of nce/nn.
KnownTask image_task();

}  // namespace nce::cli
