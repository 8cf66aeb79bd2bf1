#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>

#include "nce/core/options.h"
#include "nce/data/views/views.h"

namespace nce::data {

/// Multi-crop's small views (Caron et al., SwAV, NeurIPS 2020), with DINO's names. Each shows a small part of an image,
/// at a small size, so it costs little. The loss compares them with the large views (losses/multi_crop.h).
struct LocalCrops {
  int64_t number = 0;                    ///< Small views of each image. SwAV: 6; DINO: 8.
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
  /// Sets unset options to their values for `data`.
  void settle(const Dataset& data) {
    if (size == 0) size = std::max(1, data.height / 2);
    min_scale = min_scale.value_or(data.smallest_crop);
    max_scale = max_scale.value_or(std::min(1.0, 5 * *min_scale));
  }
  /// Makes a list for small views from the list for large views: the crop gets these scales, and the views this size.
  /// Errors: a list without a crop, a smallest scale above the largest.
  Pipeline of(Pipeline views, const Dataset& data) const;
};

}  // namespace nce::data
