#include "nce/data/sets/npy.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "nce/core/error.h"
#include "nce/core/files/npy.h"
#include "nce/core/files/paths.h"

namespace nce::data {
namespace {

std::filesystem::path file_of(const std::filesystem::path& root, Split split, const char* what) {
  const auto path = root / fmt::format("{}_{}.npy", split == Split::train ? "train" : "test", what);
  check(is_there(path),
        "npy: {} is not there; needed are train_images.npy, train_labels.npy, test_images.npy and "
        "test_labels.npy",
        path.string());
  return path;
}

std::vector<int> read_labels(const std::filesystem::path& path) {
  const NpyArray array = load_npy(path);
  check(array.shape.size() == 1 && array.whole_numbers(),
        "{}: labels are one row of whole numbers; these are {} dimensions of {}", path.string(), array.shape.size(),
        array.type);
  std::vector<int> labels;
  for (int64_t i = 0; i < array.size(); ++i) {
    // Numbers above that are not labels.
    check(array[i] >= 0 && array[i] <= 1e6, "{}: label {} of image {} is outside 0 .. 1000000", path.string(),
          array[i], i);
    labels.push_back(int(array[i]));
  }
  return labels;
}

std::vector<uint8_t> as_bytes(const std::filesystem::path& path, NpyArray array) {
  if (array.type == "u1") return std::move(array.bytes);
  check(!array.whole_numbers(),
        "{}: elements of {}; images are bytes (u1) or floats (f4, f8): save them with astype", path.string(),
        array.type);
  double largest = 0;
  for (int64_t i = 0; i < array.size(); ++i) {
    check(array[i] >= 0 && array[i] <= 255,
          "{}: element {} is {}; floats of images lie within 0 .. 1, or within 0 .. 255", path.string(), i,
          array[i]);
    largest = std::max(largest, array[i]);
  }
  std::vector<uint8_t> bytes(size_t(array.size()));
  const double scale = largest <= 1 ? 255 : 1;
  for (int64_t i = 0; i < array.size(); ++i) bytes[size_t(i)] = uint8_t(std::lround(scale * array[i]));
  return bytes;
}

}  // namespace

InMemoryDataset npy_folder(const std::filesystem::path& root, Split split) {
  check(is_folder(root), "npy: no folder {}", root.string());
  int classes = 1;
  DatasetFacts facts{.name = "npy"};
  for (const Split each : {Split::train, Split::test}) {
    std::vector<int> labels = read_labels(file_of(root, each, "labels"));
    for (const int label : labels) classes = std::max(classes, label + 1);
    if (each == split) facts.labels = std::move(labels);
  }
  const auto path = file_of(root, split, "images");
  NpyArray array = load_npy(path);
  const auto& shape = array.shape;
  const int64_t channels = shape.size() == 4 ? shape[3] : 1;
  check((shape.size() == 3 || shape.size() == 4) && (channels == 1 || channels == 3),
        "{}: the shape is ({}); images are (N, H, W), or (N, H, W, C) with 1 or 3 channels", path.string(),
        fmt::join(shape, ", "));
  check(shape[0] > 0, "{}: the shape is ({}): it holds no images", path.string(), fmt::join(shape, ", "));
  for (const int64_t side : {shape[1], shape[2]})
    check(side >= 1 && side <= std::numeric_limits<int>::max(), "{}: images of {} x {} are not plausible",
          path.string(), shape[1], shape[2]);
  check(shape[0] == int64_t(facts.labels.size()), "{}: {} images, but {} labels in {}", path.string(), shape[0],
        facts.labels.size(), file_of(root, split, "labels").string());
  facts.height = int(shape[1]), facts.width = int(shape[2]), facts.channels = int(channels);
  facts.classes = classes, facts.source = path.string();
  return InMemoryDataset(channels == 1 ? of_digits(std::move(facts)) : std::move(facts),
                         as_bytes(path, std::move(array)));
}

}  // namespace nce::data
