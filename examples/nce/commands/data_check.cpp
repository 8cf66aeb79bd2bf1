#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

#include "command.h"
#include "fetch/checksum.h"
#include "fetch/inspect.h"
#include "fetch/standard_set.h"
#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "run/image_task.h"
#include "run/meter.h"
#include "usage.h"

namespace nce::cli {
namespace {

constexpr size_t kShown = 5;  // doubles that are named

std::string named(const data::Dataset& data, int64_t i) {
  const std::string name = data.sample_name(i);
  return name.empty() ? std::to_string(i) : name;
}

std::string label_of(const data::Dataset& data, int label) {
  const std::string number = std::to_string(label);
  const std::string name = data.class_names.empty() ? number : data.class_names[size_t(label)];
  return name == number ? number : fmt::format("{} ({})", number, name);
}

// "10 labels, 1000 images each", or a line a label.
std::string labels_text(const data::Dataset& data, const std::vector<int64_t>& counts) {
  std::vector<size_t> present;
  for (size_t c = 0; c < counts.size(); ++c)
    if (counts[c] > 0) present.push_back(c);
  const auto same = [&](size_t c) { return counts[c] == counts[present[0]]; };
  std::string text = fmt::format("  {} label{}", present.size(), present.size() == 1 ? "" : "s");
  if (std::all_of(present.begin(), present.end(), same))
    return text + fmt::format(", {} images each\n", counts[present[0]]);
  text += ":\n";
  for (const size_t c : present) text += fmt::format("    label {}: {}\n", label_of(data, int(c)), counts[c]);
  return text;
}

// "  3 images are there before, 1 of them with another label: 17 = 4, ..."
std::string doubles_text(const data::Dataset& data, const data::Dataset& first, const std::vector<Double>& doubles,
                         const char* what) {
  if (doubles.empty()) return fmt::format("  no image is {}\n", what);
  std::vector<std::string> pairs;
  int64_t differing = 0;
  for (const auto& [i, j] : doubles) {
    differing += data.labels[size_t(i)] != first.labels[size_t(j)];
    if (pairs.size() < kShown) pairs.push_back(fmt::format("{} = {}", named(data, i), named(first, j)));
  }
  return fmt::format("  {} {} {}{}: {}{}\n", doubles.size(), doubles.size() == 1 ? "image is" : "images are", what,
                     differing ? fmt::format(", {} of them with another label", differing) : "",
                     fmt::join(pairs, ", "), doubles.size() > kShown ? ", ..." : "");
}

std::string split_text(const data::Dataset& data, const char* split, const Inspection& found) {
  const auto numbers = [](const std::vector<float>& values) {
    std::vector<std::string> texts;
    for (const float value : values) texts.push_back(fmt::format("{:.4f}", value));
    return fmt::format("{}", fmt::join(texts, " "));
  };
  return fmt::format("{} {}: {} images, {} x {} x {}\n{}  pixels: mean {}, standard deviation {}\n{}", data.name,
                     split, data.size(), data.height, data.width, data.channels, labels_text(data, found.counts),
                     numbers(found.pixels.mean), numbers(found.pixels.std),
                     doubles_text(data, data, found.doubles, "there twice"));
}

// The files beside the published ones. False: one is another.
bool check_files(const data::KnownDataset& row, const std::filesystem::path& root) {
  std::vector<StandardFile> files = downloads_of(row.published, root);
  for (const StandardFile& file : unpacked_of(row.published, root)) files.push_back(file);
  std::erase_if(files,
                [](const StandardFile& file) { return !is_there(file.path); });  // the archive, or what it holds
  if (files.empty()) return true;
  fmt::print("files, beside the published size and MD5 sum:\n");
  Meter meter;
  bool right = true;
  for (const StandardFile& file : files) {
    meter.stage(file.path.filename().string(), bytes_of(file.path));
    int64_t before = 0;
    const FileState state = state_of(file, true, [&](int64_t read) { meter.add(read - before), before = read; });
    meter.clear();
    right = right && state != FileState::wrong;
    fmt::print("  {}: {}\n", file.path.string(),
               state == FileState::right        ? "as published"
               : state == FileState::right_size ? "the published size; no sum was published"
               : bytes_of(file.path) != file.bytes && file.bytes > 0
                   ? fmt::format("{} bytes; published are {}", bytes_of(file.path), file.bytes)
                   : fmt::format("MD5 {}; published is {}", md5_of(file.path), file.md5));
  }
  return right;
}

int check_data(const std::vector<Section>& sections, const std::vector<Given>& given) {
  const Config config = resolve(sections, given);
  const data::KnownDataset& row = data::known_datasets().find(config.name("data"));
  const Option* root = config.find("data", "root");
  const bool right = !root || root->value.empty() || !is_folder(root->value) || check_files(row, root->value);
  const data::Splits splits = image_splits(config);
  Meter meter;
  meter.stage("training images");
  const Inspection train = inspect(*splits.train);
  meter.clear();
  fmt::print("{}", split_text(*splits.train, "train", train));
  if (splits.test->size() > 0) {
    meter.stage("test images");
    const Inspection test = inspect(*splits.test);
    meter.clear();
    fmt::print("{}{}", split_text(*splits.test, "test", test),
               doubles_text(*splits.test, *splits.train, in_both(train, test), "among the training images too"));
  }
  if (splits.unlabelled)
    fmt::print("{}: {} images without labels\n", splits.unlabelled->name, splits.unlabelled->size());
  const std::string& missing = splits.train->missing;
  if (!missing.empty()) fmt::print("missing: {}\n", missing);
  if (!right)
    fail("{}: a file is not the published one (above); fetch it again, or use the set as it is", row.name);
  return missing.empty() ? 0 : 1;
}

}  // namespace

Run add_data_check(CLI::App& command) {
  std::vector<Section> sections = image_sections();
  std::erase_if(sections, [](const Section& section) { return section.table != "data"; });
  command.footer(
      "Exit code 1 where a file is missing or is not the published one. Images with the same bytes are said, and are no error.\n"
      "Example: nce data check --data cifar10 --root data");
  return [sections, given = declare(command, sections)] { return check_data(sections, given()); };
}

}  // namespace nce::cli
