#pragma once
#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// The image as it is: a list of this alone makes no change.
struct Identity {
  void fields(Options&) {}
  void apply(Image&, Random&) const {}
};

}  // namespace nce::data
