#pragma once
#include "run/model.h"
#include "nce/nn/optim/optimizer.h"
#include "run/folder.h"

namespace nce::cli {

/// Where a run stands between two steps.
struct Place {
  int64_t epoch = 0, step = 0;  ///< Epochs finished, steps of the next one taken.
  double loss_sum = 0;          ///< Over those steps.
};

/// Writes `state.safetensors`, which a run is continued from, then `checkpoint.safetensors`, the encoder for use
/// elsewhere. Each is replaced as a whole; a kill between the two leaves the encoder one save behind, no more.
void save_state(const RunFolder& run, Model& model, nn::Optimizer& optimizer, const Place& place,
                const TrainSettings& settings, const data::Dataset& set, const data::Normalisation& normalisation);

/// Strict: an error names the file and what does not fit the model.
Place load_state(const RunFolder& run, Model& model, nn::Optimizer& optimizer);

}  // namespace nce::cli
