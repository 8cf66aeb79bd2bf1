#include "nce/data/sets/picture_files.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"

namespace nce::data {
namespace {

namespace fs = std::filesystem;

// All that is in a folder and not hidden, sorted by name.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> all;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (!at->path().filename().string().starts_with('.')) all.push_back(at->path());
  check(!error, "{}: the folder cannot be read: {}", folder.string(), error.message());
  std::sort(all.begin(), all.end());
  return all;
}

std::string suffix_of(const fs::path& file) {
  std::string suffix = file.extension().string();
  for (char& c : suffix) c = char(std::tolower(uint8_t(c)));
  return suffix.empty() ? "no suffix" : suffix;
}

bool is_picture(const fs::path& file) {
  static const std::set<std::string> known{".jpg", ".jpeg", ".png", ".bmp", ".gif", ".pgm", ".ppm", ".pnm"};
  return known.contains(suffix_of(file));
}

void add_below(const fs::path& folder, int label, PictureFiles& to) {
  for (const fs::path& entry : entries_of(folder))
    if (is_folder(entry))
      add_below(entry, label, to);
    else if (is_picture(entry))
      to.files.push_back(entry), to.labels.push_back(label);
    else
      ++to.left_out[suffix_of(entry)];
}

}  // namespace

PictureFiles find_pictures(const fs::path& folder) {
  PictureFiles found, flat;
  fs::path empty;
  for (const fs::path& entry : entries_of(folder)) {
    if (!is_folder(entry)) {
      if (is_picture(entry))
        flat.files.push_back(entry);
      else
        ++flat.left_out[suffix_of(entry)];
      continue;
    }
    const size_t before = found.files.size();
    add_below(entry, int(found.class_names.size()), found);
    found.class_names.push_back(entry.filename().string());
    if (found.files.size() == before && empty.empty()) empty = entry;
  }
  if (found.files.empty()) {
    check(
        !flat.files.empty(),
        "{}: holds no pictures (.jpg, .png, .bmp, .gif, .pgm, .ppm), neither in folders of classes nor beside them{}",
        folder.string(), flat.left_out.empty() ? "" : "; " + left_out_text(flat.left_out));
    flat.labels.assign(flat.files.size(), 0);
    return flat;
  }
  check(empty.empty(), "{}: the class has no pictures; add some, or remove the folder", empty.string());
  for (const auto& [suffix, count] : flat.left_out) found.left_out[suffix] += count;
  if (!flat.files.empty()) found.left_out["pictures outside of the classes"] = int64_t(flat.files.size());
  return found;
}

bool has_pictures(const fs::path& folder) try {
  const auto any_in = [](const std::vector<fs::path>& entries) {
    return std::any_of(entries.begin(), entries.end(), is_picture);
  };
  const std::vector<fs::path> entries = entries_of(folder);
  return any_in(entries) || std::any_of(entries.begin(), entries.end(), [&](const fs::path& entry) {
           return is_folder(entry) && any_in(entries_of(entry));
         });
} catch (const Error&) { return false; }

std::string left_out_text(const std::map<std::string, int64_t>& left_out) {
  int64_t all = 0;
  std::vector<std::string> parts;
  for (const auto& [suffix, count] : left_out) all += count, parts.push_back(fmt::format("{} {}", suffix, count));
  return parts.empty() ? ""
                       : fmt::format("{} file{} left out ({})", all, all == 1 ? "" : "s", fmt::join(parts, ", "));
}

}  // namespace nce::data
