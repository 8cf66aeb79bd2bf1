#include "nce/data/sets/stl10.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/files/contents.h"
#include "nce/core/files/paths.h"
#include "nce/core/number.h"
#include "nce/data/sets/class_names.h"
#include "nce/data/subset.h"

namespace nce::data {
namespace {

constexpr int kSide = 96, kPlane = kSide * kSide, kImage = 3 * kPlane;

int64_t images_in(const std::filesystem::path& path) {
  const int64_t bytes = bytes_of(path);
  check(bytes > 0 && bytes % kImage == 0,
        "{}: {} bytes are not a whole number of images of {}; the file is cut off", path.string(), bytes, kImage);
  return bytes / kImage;
}

// Images that stay in their file. Several threads may read at once.
class Images final : public Dataset {
 public:
  Images(DatasetFacts facts, const std::filesystem::path& path)
      : Dataset(std::move(facts)), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    check(file_ >= 0, "{}: cannot be opened: {}", path.string(), std::strerror(errno));
  }
  ~Images() override { close(file_); }
  Images(const Images&) = delete;
  Images& operator=(const Images&) = delete;

  Picture picture(int64_t i, std::vector<uint8_t>& room) const override {
    room.resize(2 * kImage);
    uint8_t *const planes = room.data() + kImage, *to = room.data();
    int64_t got = 0;
    while (got < kImage) {
      const ssize_t more = pread(file_, planes + got, size_t(kImage - got), i * kImage + got);
      check(more > 0, "{}: cannot be read: {}", source, more == 0 ? "it became shorter" : std::strerror(errno));
      got += more;
    }
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x)
        for (int c = 0; c < 3; ++c) *to++ = planes[c * kPlane + x * kSide + y];
    return {kSide, kSide, 3, std::span(room).first(kImage)};
  }

 private:
  const int file_;
};

std::shared_ptr<Dataset> labelled(const std::filesystem::path& folder, const std::string& split,
                                  int64_t published) {
  const std::filesystem::path images = folder / (split + "_X.bin"), labels = folder / (split + "_y.bin");
  for (const auto& path : {images, labels}) check(is_there(path), "stl10: {} is not there", path.string());
  const std::string bytes = contents_of(labels);
  check(int64_t(bytes.size()) == images_in(images), "{}: {} images, but {} labels in {}", images.string(),
        images_in(images), bytes.size(), labels.string());
  DatasetFacts facts{.name = "stl10", .height = kSide, .width = kSide, .channels = 3, .classes = 10};
  facts.class_names = class_names::stl10(), facts.source = images.string();
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int label = uint8_t(bytes[i]);
    check(label >= 1 && label <= 10, "{}: label {} at byte {} is outside 1 .. 10", labels.string(), label, i);
    facts.labels.push_back(label - 1);
  }
  if (int64_t(bytes.size()) < published)
    facts.lacks(fmt::format("{} images of {}", published - int64_t(bytes.size()), images.filename().string()));
  return std::make_shared<Images>(std::move(facts), images);
}

// One line of numbers for each fold.
std::vector<int> read_fold(const std::filesystem::path& path, int64_t fold, int64_t images) {
  std::istringstream lines(contents_of(path));
  std::string line, word;
  for (int64_t i = 0; i <= fold; ++i)
    check(bool(std::getline(lines, line)), "{}: has {} lines, no fold {}", path.string(), i, fold);
  std::istringstream words(line);
  std::vector<int> items;
  while (words >> word) {
    const auto item = number_in<int>(word);
    check(item && *item >= 0 && *item < images, "{}: line {}: '{}' is no number of an image, 0 .. {}",
          path.string(), fold + 1, word, images - 1);
    items.push_back(*item);
  }
  check(!items.empty(), "{}: line {} is empty", path.string(), fold + 1);
  return items;
}

}  // namespace

Splits Stl10::load(const std::filesystem::path& root) const {
  const std::filesystem::path folder = root / "stl10_binary", more = folder / "unlabeled_X.bin";
  check(is_folder(folder), "stl10: no folder {}; the root must be the folder that holds stl10_binary",
        folder.string());
  const bool learn_more = learn_from != "train";
  const auto train = labelled(folder, "train", 5000);
  if (learn_more && !is_there(more)) train->lacks(more.filename().string());
  Splits splits{.train = train, .test = labelled(folder, "test", 8000)};
  if (fold >= 0)
    splits.train = std::make_shared<Subset>(train, read_fold(folder / "fold_indices.txt", fold, train->size()));
  if (!learn_more || !is_there(more)) return splits;
  DatasetFacts facts = *train;
  facts.classes = 1, facts.class_names = {}, facts.source = more.string();
  facts.labels.assign(size_t(images_in(more)), 0);
  splits.unlabelled = std::make_shared<Images>(std::move(facts), more);
  return splits;
}

}  // namespace nce::data
