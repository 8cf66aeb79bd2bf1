#pragma once
#include <filesystem>
#include <string>

#include "nce/data/catalogue.h"

namespace nce::data {

/// EMNIST (Cohen et al., arXiv 1702.05373), handwritten digits and letters, 28 x 28 x 1, from `<root>/EMNIST/raw` or
/// the folder gzip in it: `emnist-balanced-train-images-idx3-ubyte` and so on, plain or with .gz. In the files images
/// are transposed; here they are upright. Labels are as published: in `letters` they are 1 .. 26.
struct Emnist {
  std::string emnist_split = "balanced";
  void fields(Options& o) {
    o.choice("emnist_split", emnist_split, {"byclass", "bymerge", "balanced", "letters", "digits", "mnist"},
             "which of the six sets that EMNIST is published as");
  }
  Splits load(const std::filesystem::path& root) const;
};

}  // namespace nce::data
