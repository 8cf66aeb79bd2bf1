#pragma once
#include <fmt/core.h>

#include <optional>

#include "nce/nn/optim/optimizer.h"
#include "run/folder.h"
#include "run/model.h"

namespace nce::cli {

/// Where a run stands between two steps.
struct Place {
  int64_t epoch = 0, step = 0;      ///< Epochs finished, and steps of the next one taken.
  double loss_sum = 0;              ///< Over those steps.
  std::optional<double> best = {};  ///< With --keep best: the highest score after an epoch so far.

  bool begun() const { return epoch > 0 || step > 0; }
  /// "after step 3 of epoch 1", "after epoch 1"
  std::string text() const {
    return step > 0 ? fmt::format("after step {} of epoch {}", step, epoch + 1)
                    : fmt::format("after epoch {}", epoch);
  }
};

/// What a run's steps were computed with, beside its options.
struct Origin {
  int64_t epochs = 0;    ///< The run's length, by which the learning rate falls.
  std::string data;      ///< Task::describe, for people.
  std::string identity;  ///< Task::identity.
  std::string kernels;   ///< nce::kernels_in_use: with others the bits differ.
  std::string weights;   ///< The digest of the file of --sampler-weights; empty: there is none.
};

/// What `state.safetensors` holds beside tensors.
struct Saved {
  Place place;
  Origin origin;
};

/// The name of a tensor of the model or the optimiser that holds an infinity or a NaN; mostly empty.
std::string not_finite(Model& model, const nn::Optimizer& optimizer);

/// Replaces `state.safetensors` as a whole: from it a run is continued.
void save_state(const RunFolder& run, Model& model, const nn::Optimizer& optimizer, const Saved& saved);

/// Strict: an error names the file and what does not fit the model. `now` must have the same data.
Saved load_state(const RunFolder& run, Model& model, nn::Optimizer& optimizer, const Origin& now);
/// Where a run was saved last. None where it was not yet.
std::optional<Place> saved_place(const RunFolder& run);
/// Replaces `best.safetensors`: the model alone.
void save_best(const RunFolder& run, Model& model);
/// The model alone: of the best epoch where that is kept, else as the loss last saw it.
void load_model(const RunFolder& run, Model& model);

}  // namespace nce::cli
