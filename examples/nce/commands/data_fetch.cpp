#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

#include "arguments.h"
#include "command.h"
#include "fetch/download.h"
#include "fetch/standard_set.h"
#include "nce/core/error.h"
#include "run/folder.h"
#include "run/interrupt.h"
#include "run/status_line.h"
#include "terminal.h"
#include "usage.h"

namespace nce::cli {
namespace {

struct FetchSettings {
  std::string name, mirror;
  std::filesystem::path root;
};

std::string megabytes(int64_t bytes) { return fmt::format("{:.1f}", double(bytes) / 1e6); }

// False: interrupted.
bool fetch_one(const StandardFile& file, const std::string& mirror) {
  StatusLine line;
  Download download{.url = file.url, .to = file.path, .bytes = file.bytes, .md5 = file.md5};
  if (!mirror.empty()) download.url = mirror + (mirror.ends_with('/') ? "" : "/") + file_name_of(file.url);
  const std::string name = file.path.filename().string();
  const bool whole =
      fetch_file(download, {.progress = [&](int64_t done, int64_t total) {
                   line.draw(fmt::format("{}: {} of {} MB", name, megabytes(done), total ? megabytes(total) : "?"));
                   return !interrupted();
                 }});
  line.clear();
  if (whole) fmt::print("{}: {} MB, as published\n", file.path.string(), megabytes(file.bytes));
  return whole;
}

int fetch(const FetchSettings& settings) {
  const data::KnownDataset& row = data::known_datasets().find(settings.name);
  const auto downloads = downloads_of(row.published, settings.root),
             held = unpacked_of(row.published, settings.root);
  if (downloads.empty())
    throw UsageError(fmt::format("{} is no set that can be fetched: {}", settings.name,
                                 row.folder.empty() ? "it needs no files" : "its files are your own"));
  const auto there = [](const StandardFile& file) { return state_of(file, false) == FileState::right_size; };
  if (!held.empty() && std::all_of(held.begin(), held.end(), there)) {
    fmt::print("{}: all files are there; nce data check --data {} --root {} compares their sums\n", settings.name,
               settings.name, settings.root.string());
    return 0;
  }
  catch_interrupts();
  for (const StandardFile& file : downloads) {
    RunFolder(file.path.parent_path().empty() ? "." : file.path.parent_path()).create();
    const FileState state = state_of(file, true);
    check(state != FileState::wrong, "{}: is there, and is not the published file; move it away, then fetch again",
          file.path.string());
    if (state != FileState::absent) {
      fmt::print("{}: is there, as published\n", file.path.string());
    } else if (!fetch_one(file, settings.mirror)) {
      complain(Tone::note, "interrupted; the same command goes on with what is there");
      return interrupt_exit_code();
    }
    if (!is_archive(file.path)) continue;
    unpack(file.path);
    fmt::print("{}: unpacked; it may be removed\n", file.path.string());
  }
  return 0;
}

std::vector<std::string> fetchable() {
  std::vector<std::string> names;
  for (const data::KnownDataset& row : data::known_datasets())
    if (!row.published.downloads.empty()) names.push_back(row.name);
  return names;
}

}  // namespace

Run add_data_fetch(CLI::App& command) {
  auto settings = std::make_shared<FetchSettings>();
  command.add_option("NAME", settings->name, fmt::format("{}", fmt::join(fetchable(), ", ")))
      ->required()
      ->check(one_of(names_of(data::known_datasets())));
  command.add_option("--root", settings->root, "Folder to put it in; the set has a folder of its own there")
      ->required();
  command
      .add_option("--mirror", settings->mirror,
                  "Address of a folder that has the files, in the place of the published one; the sums stay")
      ->type_name("URL");
  command.footer(
      "A file is compared with its published size and MD5 sum before it gets its name. What was fetched in part has "
      ".part behind its name, and is gone on with.\n"
      "Example: nce data fetch fashion_mnist --root data");
  return [settings] { return fetch(*settings); };
}

}  // namespace nce::cli
