#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

#include "command.h"
#include "fetch/standard_set.h"
#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "run/task.h"
#include "terminal.h"

namespace nce::cli {
namespace {

// Whether a file is there with its published size, or without the .gz of its name.
bool has(const StandardFile& file) {
  const bool gz = file.path.extension() == ".gz" && !is_archive(file.path);
  return state_of(file, false) == FileState::right_size ||
         (gz && is_there(std::filesystem::path(file.path).replace_extension()));
}

// What lies of a set below the root: "there", "3 of 6 files there", "not there".
std::string state_text(const data::KnownDataset& row, const std::filesystem::path& root, bool found) {
  if (row.folder.empty()) return "built in";
  if (row.published.page.empty() && !found) return "your own";
  if (root.empty()) return "";
  std::vector<StandardFile> files = unpacked_of(row.published, root);
  for (const StandardFile& file : downloads_of(row.published, root))
    if (!is_archive(file.path)) files.push_back(file);
  const auto there = std::count_if(files.begin(), files.end(), has);
  if (found && there < std::ssize(files)) return fmt::format("{} of {} files there", there, files.size());
  return found ? "there" : "not there";
}

std::string size_text(const data::Published& published) {
  int64_t bytes = 0;
  for (const auto& file : published.downloads) bytes += file.bytes;
  return bytes ? fmt::format("{:.0f} MB", double(bytes) / 1e6) : "";
}

int list(const std::filesystem::path& root) {
  check(root.empty() || is_folder(root), "{}: there is no such folder", root.string());
  std::vector<std::string> found;
  for (const KnownTask& task : known_tasks())
    if (task.found_in && !root.empty())
      for (const std::string& name : task.found_in(root)) found.push_back(name);
  for (const data::KnownDataset& row : data::known_datasets()) {
    const bool there = std::find(found.begin(), found.end(), row.name) != found.end();
    std::erase(found, row.name);
    const std::string state = state_text(row, root, there);
    fmt::print("{:<14} {}\n", row.name, state);
    const auto say = [](const char* what, const std::string& text) {
      if (!text.empty()) fmt::print("{}\n", wrapped(fmt::format("    {:<11}{}", what, text), 15));
    };
    const bool own = row.published.page.empty();  // a person's own files
    if (!row.folder.empty())
      say(own     ? "is"
          : there ? "lies in"
                  : "belongs in",
          own ? row.folder : (root.empty() ? "ROOT" : root.string()) + "/" + row.folder);
    say("from", row.published.page);
    say("licence", row.published.licence);
    if (!row.published.downloads.empty() && state != "there")
      say("fetch", fmt::format("nce data fetch {} --root {}  ({})", row.name, root.empty() ? "ROOT" : root.string(),
                               size_text(row.published)));
  }
  for (const std::string& name : found) fmt::print("{:<14} there\n", name);  // of other domains
  return 0;
}

}  // namespace

Run add_data_list(CLI::App& command) {
  auto root = std::make_shared<std::filesystem::path>();
  command.add_option("--root", *root, "Folder of data sets: say which of them lie there");
  command.footer("Example: nce data list --root data");
  return [root] { return list(*root); };
}

}  // namespace nce::cli
