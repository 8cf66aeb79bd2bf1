#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>

#include "nce/core/options.h"
#include "nce/data/views/views.h"

namespace nce::data {

/// Multi-crop's small views (Caron et al., SwAV, NeurIPS 2020), under DINO's names: each shows a small part of an image
/// at a small size, at little cost. The loss sets them against the large views (losses/multi_crop.h).
struct LocalCrops {
  int64_t number = 0;                    ///< Of each image. SwAV: 6; DINO: 8.
  int64_t size = 0;                      ///< Their height. 0: half the height of the images.
  std::optional<double> min_scale = {};  ///< Unset: the data set's `smallest_crop`. DINO: 0.05.
  std::optional<double> max_scale = {};  ///< Unset: 5 times min_scale, at most 1. DINO: 0.4; SwAV: 0.14.

  void fields(Options& o) {
    o.integer("local_crops_number", number, "small views of each image beside num_views large ones (multi-crop)",
              {.least = 0});
    o.integer("local_crops_size", size, "height of a small view; 0: half that of the images", {.least = 0});
    o.number("local_crops_min_scale", min_scale, "smallest share of the image in a small view [by data set]",
             {.above = 0, .most = 1});
    o.number("local_crops_max_scale", max_scale,
             "largest share of the image in a small view [5 times the smallest, at most 1]",
             {.above = 0, .most = 1});
    for (const char* name : {"local_crops_size", "local_crops_min_scale", "local_crops_max_scale"})
      o.needs(name, number > 0, "local-crops-number");
  }
  /// Gives what is unset the value that it has for `data`.
  void settle(const Dataset& data) {
    if (size == 0) size = std::max(1, data.height / 2);
    min_scale = min_scale.value_or(data.smallest_crop);
    max_scale = max_scale.value_or(std::min(1.0, 5 * *min_scale));
  }
  /// The list of large views, made into one of small ones: its crop cuts these scales, and the size is theirs. Errors: a
  /// list without a crop, a smallest scale above the largest.
  Pipeline of(Pipeline views, const Dataset& data) const;
};

}  // namespace nce::data
