#pragma once
#include "nce/nn/module.h"

namespace nce::nn {

/// Multiplies all gradients by max_norm / (norm + 1e-6) if that is below 1. `norm` is the Euclidean norm of all
/// gradients together, before this. It is returned. The same as PyTorch's `clip_grad_norm_` with `error_if_nonfinite`:
/// if a gradient has a NaN or an infinity, an error names its parameter, and no gradient is changed. Parameters without
/// a gradient are left out. Gradients of some rows only stay such.
double clip_grad_norm(const NamedTensors& parameters, double max_norm);

/// Limits every element of every gradient to [-limit, limit]. A NaN stays a NaN. PyTorch's `clip_grad_value_`.
void clip_grad_value(const NamedTensors& parameters, double limit);

}  // namespace nce::nn
