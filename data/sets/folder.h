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
///     root/train/CLASS/* and root/test/CLASS/*   (val in the place of test too)
///     root/CLASS/*                               `test_fraction` of each class are the test set, by `split_seed`
///     root/*                                     no labels and no test set
///
/// Classes are numbered in the order of their names. Where one picture has colours, all become colour. Every file is
/// decoded once while the set is loaded, in parallel: a file that cannot be read is named there, and not in the middle of
/// training. Images are kept as bytes as far as `cache_mb` goes. The others are decoded anew whenever they are asked for.
///
/// Errors: a folder that cannot be read, or holds no pictures; a class without pictures, or that training lacks; files
/// that cannot be decoded, unless `skip_bad`.
struct ImageFolder {
  /// What random crops are taken from: the image as the set has it, or the picture as it is in the file. The second shows
  /// more detail in small crops. It keeps whole pictures, ten to a hundred times as many bytes.
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
  /// Whether pictures lie in the places above.
  static bool lies_in(const std::filesystem::path& root);
};

}  // namespace nce::data
