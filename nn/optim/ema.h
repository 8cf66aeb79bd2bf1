#pragma once
#include <cstdint>

#include "nce/nn/module.h"

/// A target network that follows another one slowly: the momentum encoder of MoCo (He et al., CVPR 2020, eq. 2) and
/// the target of BYOL (Grill et al., NeurIPS 2020, eq. 1).
namespace nce::nn {

/// What becomes of buffers (the running statistics of batch normalisation).
enum class EmaBuffers {
  own,      ///< left alone: the target's own passes in training mode move them, as in MoCo and BYOL
  copied,   ///< those of the online network
  averaged  ///< like parameters
};

/// Gives `target` the parameters and buffers of `online`, and asks for no gradient of them. Both must have the same
/// names and shapes; an error lists what differs.
void ema_start(Module& target, Module& online);

/// target = decay target + (1 - decay) online, for every parameter, 0 <= decay <= 1. Unrecorded.
void ema_update(Module& target, Module& online, double decay, EmaBuffers buffers = EmaBuffers::own);

/// BYOL's course of the decay, from `base` at step 0 to 1 at `total_steps`:
/// 1 - (1 - base) (cos(pi step / total_steps) + 1) / 2. (MoCo keeps 0.999 throughout.)
double ema_decay(int64_t step, int64_t total_steps, double base = 0.996);

}  // namespace nce::nn
