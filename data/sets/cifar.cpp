#include "nce/data/sets/cifar.h"

#include <fstream>
#include <string>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "nce/data/sets/class_names.h"

namespace nce::data {
namespace {

constexpr int64_t kPlane = 32 * 32;

// How the files of one of the two sets are made.
struct Form {
  int64_t label_bytes = 1, label_at = 0;
  int64_t images = 10000;  // of a whole file
};

void append(const std::filesystem::path& path, const Form& form, InMemoryDataset& to) {
  std::ifstream file(path, std::ios::binary);
  check(file.good(), "{}: cannot be opened", path.string());
  const int64_t bytes = bytes_of(path), record_bytes = form.label_bytes + 3 * kPlane;
  check(bytes > 0 && bytes % record_bytes == 0,
        "{}: {} bytes are not a whole number of records of {}; the file is cut off, or has bytes too many",
        path.string(), bytes, record_bytes);
  const int64_t records = bytes / record_bytes;
  check(records <= form.images, "{}: {} records; the published file has {}: bytes were added to it", path.string(),
        records, form.images);
  if (records < form.images)
    to.lacks(fmt::format("{} images of {}", form.images - records, path.filename().string()));
  std::vector<uint8_t> record(static_cast<size_t>(record_bytes));
  to.images.resize(to.images.size() + size_t(3 * kPlane * records));
  uint8_t* image = to.images.data() + to.images.size() - 3 * kPlane * records;
  for (int64_t i = 0; i < records; ++i, image += 3 * kPlane) {
    check(bool(file.read(reinterpret_cast<char*>(record.data()), record_bytes)), "{}: record {} cannot be read",
          path.string(), i);
    const int label = record[size_t(form.label_at)];
    check(label < to.classes, "{}: label {} of record {}, at byte {}, is outside 0 .. {}", path.string(), label, i,
          i * record_bytes + form.label_at, to.classes - 1);
    to.labels.push_back(label);
    const uint8_t *red = record.data() + form.label_bytes, *green = red + kPlane, *blue = green + kPlane;
    for (int64_t p = 0; p < kPlane; ++p)
      image[3 * p] = red[p], image[3 * p + 1] = green[p], image[3 * p + 2] = blue[p];
  }
}

InMemoryDataset load_files(const std::filesystem::path& root, const std::string& folder, const std::string& python,
                           const std::vector<std::string>& files, const Form& form, DatasetFacts facts) {
  const std::filesystem::path path = root / folder;
  check(is_folder(path) || !is_folder(root / python),
        "{}: {} is the form for Python; needed is the binary one, the folder {} beside it", facts.name,
        (root / python).string(), folder);
  check(is_folder(path), "{}: no folder {}; the root must be the folder that holds {}", facts.name, path.string(),
        folder);
  facts.height = facts.width = 32, facts.channels = 3, facts.source = path.string();
  facts.classes = int(facts.class_names.size());
  InMemoryDataset data(std::move(facts));
  for (const std::string& file : files)
    if (is_there(path / file))
      append(path / file, form, data);
    else
      data.lacks(file);
  check(data.size() > 0, "{}: {} lacks {}", data.name, path.string(), data.missing);
  return data;
}

}  // namespace

InMemoryDataset cifar10(const std::filesystem::path& root, Split split) {
  std::vector<std::string> files{"test_batch.bin"};
  if (split == Split::train) {
    files.clear();
    for (int i = 1; i <= 5; ++i) files.push_back(fmt::format("data_batch_{}.bin", i));
  }
  return load_files(root, "cifar-10-batches-bin", "cifar-10-batches-py", files, {},
                    {.name = "cifar10", .class_names = class_names::cifar10()});
}

Splits Cifar100::load(const std::filesystem::path& root) const {
  const auto one = [&](const char* file, int64_t images) {
    return std::make_shared<InMemoryDataset>(
        load_files(root, "cifar-100-binary", "cifar-100-python", {file},
                   {.label_bytes = 2, .label_at = coarse ? 0 : 1, .images = images},
                   {.name = "cifar100",
                    .class_names = coarse ? class_names::cifar100_coarse() : class_names::cifar100_fine()}));
  };
  return {one("train.bin", 50000), one("test.bin", 10000)};
}

}  // namespace nce::data
