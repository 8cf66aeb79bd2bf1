#pragma once
#include "nce/nn/optim/optimizer.h"
#include "run/folder.h"
#include "run/model.h"

namespace nce::cli {

/// Where a run stands between two steps.
struct Place {
  int64_t epoch = 0, step = 0;  ///< Epochs finished, and steps of the next one taken.
  double loss_sum = 0;          ///< Over those steps.
};

/// Writes `state.safetensors`, from which a run is continued, then `checkpoint.safetensors`: the encoder for use
/// elsewhere, with `metadata`. Each is replaced as a whole. A kill between the two leaves the encoder one save behind.
void save_state(const RunFolder& run, Model& model, const nn::Optimizer& optimizer, const Place& place,
                const std::map<std::string, std::string>& metadata);

/// Strict: an error names the file and what does not fit the model.
Place load_state(const RunFolder& run, Model& model, nn::Optimizer& optimizer);
/// The model alone, as the loss last saw it.
void load_model(const RunFolder& run, Model& model);

}  // namespace nce::cli
