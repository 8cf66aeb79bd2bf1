#pragma once
#include "nce/data/catalogue.h"
#include "nce/data/views/views.h"
#include "run/task.h"

namespace nce::cli {

/// Labelled images (nce/data), random views of them, and the encoders of nce/nn.
KnownTask image_task();

/// The tables that say which set of images, always the whole one, and which views of them: [data], [augment] and [views].
std::vector<Section> image_sections();
/// The whole set that [data] names. A `UsageError` where its root is missing.
data::Splits image_splits(const Config& config);
/// The views that [views] lists. Options that are left to the set get its values, in `config` too.
data::Views image_views(Config& config, const data::Dataset& train);

}  // namespace nce::cli
