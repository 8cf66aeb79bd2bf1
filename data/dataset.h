#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nce::data {

/// Validation examples are a part of the training set that is held out. They are for all choices, so that the test set
/// is used only once.
enum class Split { train, test, validation };

/// One picture as bytes (height, width, channels). It does not own them.
struct Picture {
  int height = 0, width = 0, channels = 0;
  std::span<const uint8_t> pixels;
};

/// How a picture of another size becomes an image of the set: `squash` changes its shape; `crop` scales its shorter
/// side to fit and keeps the middle; `pad` scales its longer side to fit and leaves black on both sides.
enum class ResizeMode { squash, crop, pad };

/// What is known about a data set. Code uses these facts, never the name of a set.
struct DatasetFacts {
  std::string name = {};
  int height = 0, width = 0, channels = 0, classes = 0;  ///< Of every image, in training.
  std::vector<int> labels = {};                          ///< (N), each 0 .. classes - 1
  std::vector<std::string> class_names = {};             ///< (classes), or empty.
  std::string missing = {};  ///< Files of the full set that are not there: "a, b". Mostly empty.
  std::string note = {};     ///< Shown before training: "3 files left out (.txt 3)". Mostly empty.
  std::string source = {};   ///< The file or folder that the images are from, for errors. Empty: none.
  /// Whether a mirrored image has the same meaning. Photographs do; digits and letters do not.
  bool may_mirror = true;
  /// The smallest share of an image's area in which one can still see what it is. SimCLR has 0.08 for photographs.
  double smallest_crop = 0.08;
  ResizeMode resize_mode = ResizeMode::crop;

  /// Adds to `missing`.
  void lacks(const std::string& what) { missing += (missing.empty() ? "" : ", ") + what; }
};

/// Labelled images. To write your own set, make a subclass with its facts, its labels and `picture`, which reads a
/// file, or draws the picture. The same i must give the same picture. Several threads call it at the same time.
class Dataset : public DatasetFacts {
 public:
  explicit Dataset(DatasetFacts facts = {}) : DatasetFacts(std::move(facts)) {}
  virtual ~Dataset() = default;

  int64_t size() const { return int64_t(labels.size()); }
  int64_t image_bytes() const { return int64_t(height) * width * channels; }

  /// Picture i, of any size. (If a random crop is the first transform, it takes its part from this picture.) It may
  /// point into the set, or into `room`, which it may change.
  virtual Picture picture(int64_t i, std::vector<uint8_t>& room) const = 0;
  /// "cats/17.jpg"; empty if images have no names.
  virtual std::string sample_name(int64_t) const { return {}; }
  /// A hint: picture i is needed next.
  virtual void prefetch(int64_t) const {}
  /// Sums that a set computed when it made its images, so that they need not all be made again: the `pixel_sums` of
  /// image i, and the pieces of the set's digest. Empty: not known.
  virtual std::span<const uint64_t> sums(int64_t) const { return {}; }
  virtual std::span<const uint64_t> digest_pieces() const { return {}; }
  /// An error if `picture` would fail. `validate` calls it.
  virtual void check_whole() const {}

  /// Picture i as it is. An error names the image: "pets: image 17 (cats/17.jpg): ...".
  Picture whole(int64_t i, std::vector<uint8_t>& room) const;
  /// Picture i, scaled to the size of the set if it has another one. Errors: as for `whole`.
  Picture image(int64_t i, std::vector<uint8_t>& room) const;
};

/// A set with the bytes of all its images in memory.
class InMemoryDataset final : public Dataset {
 public:
  explicit InMemoryDataset(DatasetFacts facts = {}, std::vector<uint8_t> bytes = {})
      : Dataset(std::move(facts)), images(std::move(bytes)) {}

  Picture picture(int64_t i, std::vector<uint8_t>&) const override { return {height, width, channels, image(i)}; }
  void prefetch(int64_t i) const override;
  void check_whole() const override;

  using Dataset::image;
  std::span<const uint8_t> image(int64_t i) const {
    return std::span(images).subspan(size_t(i * image_bytes()), size_t(image_bytes()));
  }

  std::vector<uint8_t> images;  ///< (N, height, width, channels)
};

/// An error if a set is not whole: it has no image; the number of bytes does not fit the number of labels; a label is
/// outside 0 .. classes - 1.
void validate(const Dataset& data);
/// An error if training and test set have different sizes, channels or classes. It names both.
void validate_pair(const Dataset& train, const Dataset& test);

/// The facts for digits and letters: mirrored, or cut to a small part, they would be other ones, or none.
inline DatasetFacts of_digits(DatasetFacts facts) {
  facts.may_mirror = false, facts.smallest_crop = 0.4;
  return facts;
}

}  // namespace nce::data
