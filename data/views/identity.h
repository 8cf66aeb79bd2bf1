#pragma once
#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// Makes no change: for a list of views without transforms.
struct Identity {
  void fields(Options&) {}
  void apply(Image&, Random&) const {}
};

}  // namespace nce::data
