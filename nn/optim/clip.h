#pragma once
#include "nce/nn/module.h"

namespace nce::nn {

/// Scales all gradients by max_norm / (norm + 1e-6) where that is below 1, `norm` being the Euclidean norm of all
/// of them together; returns `norm` as it was before. PyTorch's `clip_grad_norm_`, with `error_if_nonfinite`: where
/// a gradient holds a NaN or an infinity, an error names its parameter and no gradient is changed. Parameters
/// without a gradient do not count.
double clip_grad_norm(const NamedTensors& parameters, double max_norm);

/// Limits every element of every gradient to [-limit, limit]. PyTorch's `clip_grad_value_`; a NaN stays one.
void clip_grad_value(const NamedTensors& parameters, double limit);

}  // namespace nce::nn
