#include "nce/data/sets/cifar.h"

#include <fstream>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"

namespace nce::data {
namespace {

constexpr int64_t kPlane = 32 * 32, kRecord = 1 + 3 * kPlane;

void append(const std::filesystem::path& path, InMemoryDataset& to) {
  std::ifstream file(path, std::ios::binary);
  check(file.good(), "{}: cannot be opened", path.string());
  const int64_t bytes = bytes_of(path);
  check(bytes > 0 && bytes % kRecord == 0,
        "{}: {} bytes are not a whole number of records of {}; the file is cut off", path.string(), bytes, kRecord);
  const int64_t records = bytes / kRecord;
  std::vector<uint8_t> record(static_cast<size_t>(kRecord));
  to.images.resize(to.images.size() + size_t(3 * kPlane * records));
  uint8_t* image = to.images.data() + to.images.size() - 3 * kPlane * records;
  for (int64_t i = 0; i < records; ++i, image += 3 * kPlane) {
    check(bool(file.read(reinterpret_cast<char*>(record.data()), kRecord)), "{}: record {} cannot be read",
          path.string(), i);
    check(record[0] < 10, "{}: label {} of record {}, at byte {}, is outside 0 .. 9", path.string(), record[0], i,
          i * kRecord);
    to.labels.push_back(record[0]);
    const uint8_t *red = record.data() + 1, *green = red + kPlane, *blue = green + kPlane;
    for (int64_t p = 0; p < kPlane; ++p)
      image[3 * p] = red[p], image[3 * p + 1] = green[p], image[3 * p + 2] = blue[p];
  }
}

}  // namespace

InMemoryDataset cifar10(const std::filesystem::path& root, Split split) {
  const std::filesystem::path folder = root / "cifar-10-batches-bin";
  check(is_folder(folder), "cifar10: no folder {}; the root must be the folder that holds cifar-10-batches-bin",
        folder.string());
  std::vector<std::string> names{"test_batch.bin"};
  if (split == Split::train) {
    names.clear();
    for (int i = 1; i <= 5; ++i) names.push_back(fmt::format("data_batch_{}.bin", i));
  }
  InMemoryDataset data(
      {.name = "cifar10", .height = 32, .width = 32, .channels = 3, .classes = 10, .source = folder.string()});
  for (const std::string& name : names) {
    if (is_there(folder / name))
      append(folder / name, data);
    else
      data.missing += (data.missing.empty() ? "" : ", ") + name;
  }
  check(data.size() > 0, "cifar10: {} lacks {}", folder.string(), data.missing);
  return data;
}

}  // namespace nce::data
