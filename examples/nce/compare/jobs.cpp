#include "compare/jobs.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <list>
#include <set>
#include <thread>

#include "nce/core/error.h"
#include "nce/core/files/contents.h"
#include "nce/core/files/paths.h"
#include "pages/numbers.h"
#include "run/child.h"
#include "run/interrupt.h"
#include "run/places.h"
#include "run/settings.h"
#include "run/state.h"
#include "run/status.h"
#include "run/status_line.h"
#include "terminal.h"
#include "usage.h"

namespace nce::cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

bool is_trained(const PlannedRun& run, const RunFolder& folder) {
  if (!is_there(folder.config()) || !is_there(folder.checkpoint())) return false;
  const auto place = saved_place(folder);
  return place && place->epoch >= options_in<RunOptions>(run.config, "run").epochs;
}

bool is_measured(const RunFolder& folder, const JobSettings& s) {
  if (!is_there(folder.scores(s.measure.split, s.measure.layer))) return false;
  const EvalFile eval = read_eval(folder, s.measure);
  return eval.weights == folder.weights() && (!s.full || eval.columns.empty() || eval.measures.size() > 1);
}

// "--root DIR", where the data lie now.
void add_places(std::vector<std::string>& words, const Config& config) {
  Places().each([&](std::string flag, auto&, auto) {
    const Option* place = config.find("data", flag.substr(2));
    if (place && !place->value.empty()) words.insert(words.end(), {flag, place->value});
  });
}

enum class Stage { train, measure, done };

class Job {
 public:
  Job(const PlannedRun& run, const JobSettings& settings)
      : run_(run), settings_(settings), folder_(folder_of(run, settings)), stage_(next_stage()) {}

  const std::string& name() const { return run_.name; }
  bool done() const { return stage_ == Stage::done; }
  std::string doing() const {
    if (stage_ == Stage::measure) return "measuring";
    try {
      return status_of(folder_).line;
    } catch (const std::exception&) { return "starting"; }
  }

  void start() {
    const bool train = stage_ == Stage::train, resume = is_there(folder_.config());
    std::vector<std::string> words{
        "nce",       train ? "train" : "eval",         train ? "--out" : "--run", folder_.path().string(),
        "--threads", std::to_string(settings_.threads)};
    if (train && !resume) words.insert(words.end(), {"--config", "/dev/stdin"});
    if (train && resume) words.emplace_back("--resume");
    if (!train || resume) add_places(words, run_.config);
    if (!train) {
      words.insert(words.end(), {"--layer", settings_.measure.layer});
      if (settings_.measure.split == data::Split::validation) words.insert(words.end(), {"--split", "validation"});
      if (settings_.full) words.emplace_back("--full");
    }
    folder_.create();
    printed_ = is_there(output()) ? bytes_of(output()) : 0;
    begin_ = Clock::now();
    child_.emplace(kThisProgram, words, train && !resume ? to_toml(run_.config) : "", output());
  }

  void terminate() { child_->terminate(); }

  /// "trained 0:31, measured 0:04"
  const std::string& did() const { return did_; }

  /// Whether a process ended. `failure` says why it could not do its part.
  bool ended(std::string& failure) {
    const std::optional<int> code = child_->ended();
    if (!code) return false;
    child_.reset();
    const char* what = stage_ == Stage::train ? "training" : "measuring";
    if (interrupted()) return true;
    if (*code != 0) {
      failure = fmt::format("{}: {} failed{}: {}", name(), what,
                            *code < 0 ? fmt::format(", by signal {}", -*code) : "", last_words());
      return true;
    }
    const Stage before = stage_;
    stage_ = next_stage();
    if (stage_ == before)
      failure = fmt::format("{}: {} ended, but is not done: see {}", name(), what, output().string());
    did_ += fmt::format("{}{} {}", did_.empty() ? "" : ", ", before == Stage::train ? "trained" : "measured",
                        clock_text(seconds_since(begin_)));
    return true;
  }

 private:
  Stage next_stage() const {
    return !is_trained(run_, folder_)         ? Stage::train
           : !is_measured(folder_, settings_) ? Stage::measure
                                              : Stage::done;
  }
  std::filesystem::path output() const { return folder_.path() / "output.txt"; }

  // The error that the last process printed, and where the rest stands.
  std::string last_words() const {
    const std::string text = contents_of(output()).substr(size_t(printed_));
    const size_t at = text.rfind("nce: ");
    const std::string rest = at == std::string::npos ? "" : text.substr(at + 5);
    return (rest.empty() ? "see " + output().string() : rest.substr(0, rest.find('\n')));
  }

  const PlannedRun& run_;
  const JobSettings& settings_;
  RunFolder folder_;
  Stage stage_;
  std::optional<Child> child_;
  int64_t printed_ = 0;  // bytes of output before the present process
  Clock::time_point begin_;
  std::string did_;
};

}  // namespace

RunFolder folder_of(const PlannedRun& run, const JobSettings& settings) {
  return RunFolder(settings.folder / run.name);
}

JobsDone make_runs(const std::vector<PlannedRun>& runs, const JobSettings& settings) {
  JobsDone done;
  std::list<Job> waiting, running;
  std::set<std::string> names;
  const auto failed = [&](const std::string& failure) {
    complain(Tone::error, failure);
    done.failures.push_back(failure);
  };
  for (const PlannedRun& run : runs)
    if (names.insert(run.name).second) try {
        Job job(run, settings);
        job.done() ? void(++done.were_there) : waiting.push_back(std::move(job));
      } catch (const Error& error) { failed(fmt::format("{}: {}", run.name, error.what())); }
  const auto all = int64_t(waiting.size());
  const auto say = [&](const std::string& line) {
    std::fputs((line + "\n").c_str(), settings.told);
    std::fflush(settings.told);
  };
  say(fmt::format("{}: {} runs; {} are there, {} to make", settings.folder.string(), names.size(), done.were_there,
                  all));
  int64_t others = 0;
  if (is_folder(settings.folder))
    for (const auto& entry : std::filesystem::directory_iterator(settings.folder))
      others += !names.contains(entry.path().filename().string()) && is_there(RunFolder(entry.path()).config());
  if (others > 0)
    say(fmt::format("runs of other settings, or of another version of nce, are left out: {} in {}", others,
                    settings.folder.string()));
  StatusLine status;
  const auto begin = Clock::now();
  auto drawn = begin;
  bool stopping = false;
  int64_t ended = 0;
  while (!running.empty() || (!waiting.empty() && !interrupted())) {
    while (int64_t(running.size()) < settings.jobs && !waiting.empty() && !interrupted()) {
      running.splice(running.end(), waiting, waiting.begin());
      running.back().start();
    }
    if (interrupted() && !stopping) {
      stopping = true;
      for (Job& job : running) job.terminate();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (auto at = running.begin(); at != running.end();) {
      std::string failure;
      Job& job = *at;
      if (!job.ended(failure)) {
        ++at;
        continue;
      }
      status.clear();
      if (!failure.empty()) failed(failure);
      if (failure.empty() && !job.done() && !interrupted()) {
        job.start();
        continue;
      }
      ++ended, done.made += failure.empty() && job.done();
      if (job.done()) say(fmt::format("[{}/{}] {}: {}", ended, all, job.name(), job.did()));
      at = running.erase(at);
    }
    if (status.on_terminal() && seconds_since(drawn) > 0.5 && !running.empty()) {
      drawn = Clock::now();
      const std::string left =
          ended == 0
              ? ""
              : "  all: left about " + clock_text(seconds_since(begin) / double(ended) * double(all - ended));
      const std::string line =
          fmt::format("{}/{} {}: {}{}", ended + 1, all, running.front().name(), running.front().doing(), left);
      status.draw(line.substr(0, terminal_columns(2) - 1));
    }
  }
  return done;
}

}  // namespace nce::cli
