#include "nce/data/sets/idx.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "nce/core/memory_limit.h"
#include "nce/data/sets/class_names.h"

namespace nce::data {
namespace {

// Reads plain and gzipped files. Counts the bytes for error texts.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path), file_(gzopen(path.c_str(), "rb"), gzclose) {
    check(file_ != nullptr, "{}: cannot be opened", path_.string());
    std::error_code unknown;  // a pipe has no size
    size_ = int64_t(std::filesystem::file_size(path_, unknown));
    if (unknown) size_ = -1;
    gzbuffer(file_.get(), size_ < 0 ? 1 << 18 : unsigned(std::clamp<int64_t>(size_, 1 << 10, 1 << 18)));
  }

  void read(uint8_t* to, int64_t count, const char* what) {
    while (count > 0) {
      const int got = gzread(file_.get(), to, unsigned(std::min<int64_t>(count, 1 << 20)));
      if (got <= 0) {
        int code = Z_OK;
        const std::string reason = gzerror(file_.get(), &code);
        const bool damaged = got < 0 && code != Z_BUF_ERROR;
        fail("{}: {} at byte {} while reading {}; {} more were expected", path_.string(),
             damaged ? "damaged (" + reason + ")" : "ends too early", offset_, what, count);
      }
      to += got, count -= got, offset_ += got;
    }
  }

  uint32_t big_endian(const char* what) {
    uint8_t b[4];
    read(b, 4, what);
    return uint32_t(b[0]) << 24 | uint32_t(b[1]) << 16 | uint32_t(b[2]) << 8 | b[3];
  }

  // An error if the file is too small for `count` more bytes. So no memory is taken for them.
  void expect(int64_t count) {
    if (size_ < 0) return;
    constexpr int64_t kDeflate = 1032;  // gzip makes a file at most this much smaller (zlib's technical details)
    if (gzdirect(file_.get()))
      check(count <= size_ - offset_,
            "{}: ends too early at byte {} while reading the elements; {} more were expected", path_.string(),
            size_, count - (size_ - offset_));
    else
      check(count / kDeflate <= size_, "{}: damaged: {} bytes cannot hold {} elements", path_.string(), size_,
            count);
    check(count <= machine_memory(), "{}: {} elements are more than the memory of this machine, {} bytes",
          path_.string(), count, machine_memory());
  }

  // Reading past the end makes zlib compare the checksum.
  void expect_end() {
    uint8_t extra;
    const int got = gzread(file_.get(), &extra, 1);
    check(got == 0, "{}: {} at byte {}, after the last element", path_.string(),
          got < 0 ? "damaged" : "unexpected bytes follow", offset_);
    int code = Z_OK;
    gzerror(file_.get(), &code);
    check(code == Z_OK || code == Z_STREAM_END, "{}: ends too early at byte {}: the gzip trailer is missing",
          path_.string(), offset_);
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
  int64_t size_ = 0, offset_ = 0;
};

// The file of a split: "train-images" of 3 dimensions is train-images-idx3-ubyte, or with a dot before idx3, or with
// .gz behind. Empty: not there.
std::filesystem::path find_file(const std::filesystem::path& folder, const std::string& what, int dimensions) {
  for (const char* separator : {"-", "."})
    for (const char* end : {"", ".gz"}) {
      const auto path = folder / fmt::format("{}{}idx{}-ubyte{}", what, separator, dimensions, end);
      if (is_there(path)) return path;
    }
  return {};
}

std::filesystem::path file_of(const std::filesystem::path& folder, const std::string& what, int dimensions) {
  const auto path = find_file(folder, what, dimensions);
  check(!path.empty(), "{}: not found, neither plain nor with .gz",
        (folder / fmt::format("{}-idx{}-ubyte", what, dimensions)).string());
  return path;
}

const char* prefix_of(Split split) { return split == Split::train ? "train" : "t10k"; }

InMemoryDataset like_mnist(const std::string& name, const char* folder, const std::filesystem::path& root,
                           Split split, const std::vector<std::string>& class_names) {
  const std::filesystem::path raw = root / folder / "raw";
  check(is_folder(raw), "{}: no folder {}; the root must be the folder that holds {}/raw", name, raw.string(),
        folder);
  return idx_pair(name, raw, prefix_of(split), class_names, split == Split::train ? 60000 : 10000);
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path) {
  Reader reader(path);
  const uint32_t magic = reader.big_endian("the magic number");
  check((magic & 0xffffff00u) == 0x0800u && (magic & 0xff) >= 1 && (magic & 0xff) <= 4,
        "{}: magic number {} at byte 0 is not that of an IDX file of bytes (2049 for labels, 2051 for images)",
        path.string(), magic);
  IdxArray array;
  int64_t count = 1;
  for (uint32_t d = 0; d < (magic & 0xff); ++d) {
    const int64_t size = reader.big_endian("a size");
    check(size > 0 && size <= std::numeric_limits<int>::max() && !__builtin_mul_overflow(count, size, &count),
          "{}: size {} of dimension {}, at byte {}, is not plausible", path.string(), size, d, 4 + 4 * d);
    array.sizes.push_back(size);
  }
  reader.expect(count);
  array.values.resize(size_t(count));
  reader.read(array.values.data(), count, "the elements");
  reader.expect_end();
  return array;
}

InMemoryDataset idx_dataset(const std::string& name, const std::filesystem::path& images,
                            const std::filesystem::path& labels, int classes) {
  IdxArray pixels = read_idx(images);
  const IdxArray numbers = read_idx(labels);
  const size_t dimensions = pixels.sizes.size();
  check(dimensions == 3 || dimensions == 4, "{}: images have 3 or 4 dimensions, this file {}", images.string(),
        dimensions);
  const int channels = dimensions == 4 ? int(pixels.sizes[3]) : 1;
  check(channels == 1 || channels == 3, "{}: images have 1 or 3 channels, this file {}", images.string(), channels);
  check(numbers.sizes.size() == 1, "{}: labels have 1 dimension, this file {}", labels.string(),
        numbers.sizes.size());
  check(pixels.sizes[0] == numbers.sizes[0], "{}: {} images, but {} labels in {}", images.string(), pixels.sizes[0],
        numbers.sizes[0], labels.string());
  for (size_t i = 0; i < numbers.values.size(); ++i)
    check(numbers.values[i] < classes, "{}: label {} at byte {} is outside 0 .. {}", labels.string(),
          numbers.values[i], i + 8, classes - 1);
  DatasetFacts facts{.name = name,
                     .height = int(pixels.sizes[1]),
                     .width = int(pixels.sizes[2]),
                     .channels = channels,
                     .classes = classes,
                     .labels = {numbers.values.begin(), numbers.values.end()},
                     .source = images.string()};
  if (channels == 1) facts = of_digits(std::move(facts));
  return InMemoryDataset(std::move(facts), std::move(pixels.values));
}

InMemoryDataset idx_folder(const std::filesystem::path& root, Split split) {
  check(is_folder(root), "idx: no folder {}", root.string());
  int classes = 1;
  for (const Split each : {Split::train, Split::test}) {
    const IdxArray labels = read_idx(file_of(root, fmt::format("{}-labels", prefix_of(each)), 1));
    classes = std::max(classes, 1 + int(*std::max_element(labels.values.begin(), labels.values.end())));
  }
  const std::string prefix = prefix_of(split);
  const auto grey = find_file(root, prefix + "-images", 3), colour = find_file(root, prefix + "-images", 4);
  check(grey.empty() || colour.empty(), "{} and {}: which are the images? Remove one of the two", grey.string(),
        colour.string());
  return idx_dataset("idx", colour.empty() ? file_of(root, prefix + "-images", 3) : colour,
                     file_of(root, prefix + "-labels", 1), classes);
}

InMemoryDataset idx_pair(const std::string& name, const std::filesystem::path& folder, const std::string& prefix,
                         const std::vector<std::string>& class_names, int64_t published) {
  const auto images = file_of(folder, prefix + "-images", 3), labels = file_of(folder, prefix + "-labels", 1);
  InMemoryDataset data = idx_dataset(name, images, labels, int(class_names.size()));
  data.class_names = class_names;
  if (data.size() < published)
    data.lacks(fmt::format("{} images of {}", published - data.size(), images.filename().string()));
  return data;
}

InMemoryDataset mnist(const std::filesystem::path& root, Split split) {
  return like_mnist("mnist", "MNIST", root, split, class_names::characters("0123456789"));
}
InMemoryDataset fashion_mnist(const std::filesystem::path& root, Split split) {
  InMemoryDataset data = like_mnist("fashion_mnist", "FashionMNIST", root, split, class_names::fashion_mnist());
  data.may_mirror = true, data.smallest_crop = 0.2;  // clothes, not digits
  return data;
}
InMemoryDataset kmnist(const std::filesystem::path& root, Split split) {
  return like_mnist("kmnist", "KMNIST", root, split, class_names::kmnist());
}

}  // namespace nce::data
