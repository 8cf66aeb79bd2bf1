#pragma once
#include <cstdint>

#include "nce/nn/module.h"

/// A target network that follows an online network slowly: the momentum encoder of MoCo (He et al., CVPR 2020, eq. 2)
/// and the target of BYOL (Grill et al., NeurIPS 2020, eq. 1).
namespace nce::nn {

/// Copies the parameters and buffers of `online` into `target`. Parameters of `target` then require no gradient. Both
/// must have the same names and shapes: an error lists what differs.
void ema_start(Module& target, Module& online);

/// target = decay target + (1 - decay) online, for every parameter, 0 <= decay <= 1. Not recorded. Buffers (running
/// statistics of batch norms) are not averaged: the target's own passes in training mode change them, as in MoCo and BYOL.
void ema_update(Module& target, Module& online, double decay);

/// BYOL's decay at a step, from `base` at step 0 to 1 at `total_steps`:
///
///     1 - (1 - base) (cos(pi step / total_steps) + 1) / 2
///
/// MoCo keeps 0.999.
double ema_decay(int64_t step, int64_t total_steps, double base = 0.996);

}  // namespace nce::nn
