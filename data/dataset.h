#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nce::data {

/// Validation examples are held out of the training set: choices are made by them, and the test set is measured once.
enum class Split { train, test, validation };

/// One picture as bytes (height, width, channels). Whoever made it keeps them.
struct Picture {
  int height = 0, width = 0, channels = 0;
  std::span<const uint8_t> pixels;
};

/// How a picture of another size becomes an image of the set: `squash` changes its shape; `crop` scales its shorter side
/// to fit and keeps the middle; `pad` scales its longer side to fit and leaves black on both sides.
enum class ResizeMode { squash, crop, pad };

/// What is known of a data set, so that nothing asks for its name.
struct DatasetFacts {
  std::string name = {};
  int height = 0, width = 0, channels = 0, classes = 0;  ///< Of every image, as training sees it.
  std::vector<int> labels = {};                          ///< (N), each 0 .. classes - 1
  std::vector<std::string> class_names = {};             ///< (classes), or empty.
  std::string missing = {};  ///< Files that the full set has and this one lacks: "a, b". Mostly empty.
  std::string note = {};     ///< What else to say before training: "3 files left out (.txt 3)". Mostly empty.
  std::string source = {};   ///< The file or folder that the images are from, for errors. Empty: none.
  /// Whether a mirrored image has the same meaning. Photographs do; digits and letters do not.
  bool may_mirror = true;
  /// Smallest share of an image's area that still shows what it is. 0.08 is SimCLR's for photographs.
  double smallest_crop = 0.08;
  ResizeMode resize_mode = ResizeMode::crop;

  /// Adds to `missing`.
  void lacks(const std::string& what) { missing += (missing.empty() ? "" : ", ") + what; }
};

/// Labelled images. A set of one's own is a subclass: facts with labels, and `picture`. It may read a file, or draw the
/// picture on the fly; the same i must give the same picture. Threads call it at the same time.
class Dataset : public DatasetFacts {
 public:
  explicit Dataset(DatasetFacts facts = {}) : DatasetFacts(std::move(facts)) {}
  virtual ~Dataset() = default;

  int64_t size() const { return int64_t(labels.size()); }
  int64_t image_bytes() const { return int64_t(height) * width * channels; }

  /// Picture i, of any size: a random crop that comes first takes its part of it. It may point into the set, or into
  /// `room`, which it may then change.
  virtual Picture picture(int64_t i, std::vector<uint8_t>& room) const = 0;
  /// "cats/17.jpg"; empty where images have no names of their own.
  virtual std::string sample_name(int64_t) const { return {}; }
  /// A hint: picture i is asked for next.
  virtual void prefetch(int64_t) const {}
  /// What a set found on its images while it made them, so that nobody makes them all once more: the `pixel_sums` of image
  /// i, and the pieces of the set's digest. Empty: not known.
  virtual std::span<const uint64_t> sums(int64_t) const { return {}; }
  virtual std::span<const uint64_t> digest_pieces() const { return {}; }
  /// Refuses what `picture` could not give. `validate` calls it.
  virtual void check_whole() const {}

  /// Picture i as it is. An error names the image: "pets: image 17 (cats/17.jpg): ...".
  Picture whole(int64_t i, std::vector<uint8_t>& room) const;
  /// Picture i at the size of the set, fitted to it where it has another one. Errors are those of `whole`.
  Picture image(int64_t i, std::vector<uint8_t>& room) const;
};

/// A set that keeps the bytes of all its images.
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

/// Refuses a set that is not whole: no image, another number of bytes than the labels ask for, a label that is outside
/// 0 .. classes - 1.
void validate(const Dataset& data);
/// Refuses a training and a test set that do not belong together: other sizes, channels or classes. Both are named.
void validate_pair(const Dataset& train, const Dataset& test);

/// The facts of digits and letters: a mirrored one, or a small part of one, is another one or none.
inline DatasetFacts of_digits(DatasetFacts facts) {
  facts.may_mirror = false, facts.smallest_crop = 0.4;
  return facts;
}

}  // namespace nce::data
