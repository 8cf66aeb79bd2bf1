#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

#include "nce/core/options.h"
#include "nce/data/catalogue.h"
#include "nce/data/images/decode.h"

namespace nce::data {

/// Pictures in folders, JPEG, PNG, BMP, GIF, PGM and PPM, of any sizes:
///
///     root/train/CLASS/* and root/test/CLASS/*   (or val instead of test)
///     root/CLASS/*                               `test_fraction` of each class, by `split_seed`, is the test set
///     root/*                                     no labels and no test set
///
/// Classes are numbered in the order of their names. If one picture has colours, all become colour. While the set is
/// loaded, every file is decoded once, in parallel. So an error about a file comes at once, not in the middle of
/// training. Images stay in memory, up to `cache_mb`. The others are decoded again each time they are needed.
///
/// Errors: a folder that cannot be read, or has no pictures; a class without pictures, or only in the test set; files
/// that cannot be decoded, unless `skip_bad`.
struct ImageFolder {
  /// Random crops are taken from the image of the set, or from the picture in the file. The picture has more detail in
  /// small crops. But whole pictures stay in memory then, ten to a hundred times as many bytes.
  enum class CropFrom { image, picture };

  int64_t image_size = 64;
  ResizeMode resize_mode = ResizeMode::crop;
  CropFrom crop_from = CropFrom::image;
  Alpha alpha = Alpha::white;
  std::optional<double> cache_mb = {};
  double test_fraction = 0.2;
  int64_t split_seed = 1;
  bool skip_bad = false;

  void fields(Options& o) {
    o.integer("image_size", image_size, "height and width that pictures get", {.least = 1, .most = 4096});
    o.choice("resize_mode", resize_mode, {"squash", "crop", "pad"},
             "squash: to the square; crop: the shorter side fits, the middle is kept; pad: the longer side fits");
    o.choice("crop_from", crop_from, {"image", "picture"},
             "random crops from the resized image, or from the whole picture, which needs more memory");
    o.choice("transparency", alpha, {"white", "ignore"}, "transparent pixels on white, or in the colour below");
    o.number("cache_mb", cache_mb, "megabytes of images that are kept decoded [a quarter of the memory]",
             {.least = 0, .most = 1e9});
    o.number("test_fraction", test_fraction, "share of each class for the test set, without a folder test",
             {.least = 0, .below = 1});
    o.integer("split_seed", split_seed, "decides which pictures these are", {.least = 0});
    o.flag("skip_bad", skip_bad, "leave out files that cannot be decoded");
  }
  Splits load(const std::filesystem::path& root, const Progress& progress = {}) const;
  /// Whether there are pictures in the places above.
  static bool lies_in(const std::filesystem::path& root);
};

}  // namespace nce::data
