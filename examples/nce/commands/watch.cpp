#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "command.h"
#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "run/status.h"
#include "terminal.h"

namespace nce::cli {
namespace {

constexpr double kRedraw = 1, kPlainLine = 30;  // seconds

struct WatchSettings {
  std::vector<std::filesystem::path> runs;
  bool once = false;
};

// The runs in folders: a run itself, or the runs in a folder of nce compare.
std::vector<RunFolder> runs_in(const std::vector<std::filesystem::path>& paths) {
  std::vector<RunFolder> runs;
  for (const auto& path : paths) {
    std::vector<RunFolder> below;
    if (!is_there(RunFolder(path).config()) && is_folder(path))
      for (const auto& entry : std::filesystem::directory_iterator(path))
        if (is_there(RunFolder(entry.path()).config())) below.emplace_back(entry.path());
    if (below.empty()) below.emplace_back(path);
    std::sort(below.begin(), below.end(), [](auto& a, auto& b) { return a.path() < b.path(); });
    runs.insert(runs.end(), below.begin(), below.end());
  }
  return runs;
}

// One run: its line. Several: how many are done, and a line for each of the others.
struct View {
  std::vector<std::string> lines;
  bool training = false;
};
View view_of(const std::vector<RunFolder>& runs) {
  View view;
  size_t done = 0;
  for (const RunFolder& run : runs) {
    const RunStatus status = status_of(run);
    view.training |= status.state == RunStatus::State::training;
    done += status.state == RunStatus::State::done;
    if (runs.size() == 1 || status.state != RunStatus::State::done)
      view.lines.push_back(runs.size() == 1 ? status.text()
                                            : run.path().filename().string() + ": " + status.text());
  }
  if (runs.size() > 1)
    view.lines.insert(view.lines.begin(), fmt::format("{} of {} runs are done", done, runs.size()));
  return view;
}

int watch(const WatchSettings& s) {
  const bool terminal = terminal_columns(STDOUT_FILENO) > 0;
  std::vector<std::string> shown;
  for (;;) {
    const View view = view_of(runs_in(s.runs));
    if (view.lines != shown) {
      if (terminal && !shown.empty()) fmt::print("\x1b[{}A\x1b[J", shown.size());
      for (const std::string& line : view.lines)
        fmt::print("{}\n", terminal ? line.substr(0, terminal_columns(STDOUT_FILENO) - 1) : line);
      check(std::fflush(stdout) == 0, "standard output cannot be written");
      shown = view.lines;
    }
    if (s.once || !view.training) return 0;
    std::this_thread::sleep_for(std::chrono::duration<double>(terminal ? kRedraw : kPlainLine));
  }
}

}  // namespace

Run add_watch(CLI::App& command) {
  auto settings = std::make_shared<WatchSettings>();
  command.add_option("RUN", settings->runs, "Folders of runs, or a folder of nce compare")->required();
  command.add_flag("--once", settings->once, "Say how it stands now, and end");
  command.footer(
      "Ends when nobody trains there any more. Nothing is written, and training does not notice. `nce report RUN --out "
      "page.html` shows more, also of a run that still goes on.");
  return [settings] { return watch(*settings); };
}

}  // namespace nce::cli
