#pragma once
#include <cstdint>
#include <functional>

#include "nce/nn/module.h"

namespace nce::nn {

/// Features (count, d) of items 0 .. count - 1, with `module` in evaluation mode, not recorded. `features(begin, end)`
/// calls the module and returns the features of at most 500 items, (end - begin, d):
///
///     const Tensor all = nn::features_of(encoder, set.size(), [&](int64_t begin, int64_t end) {
///       return encoder(data::to_tensor(set, begin, end, normalisation));
///     });
Tensor features_of(Module& module, int64_t count,
                   const std::function<Tensor(int64_t begin, int64_t end)>& features);

}  // namespace nce::nn
