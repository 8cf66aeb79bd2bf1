#pragma once
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "compare/plan.h"
#include "run/eval_file.h"

namespace nce::cli {

/// How runs of a comparison are made.
struct JobSettings {
  std::filesystem::path folder;  ///< Each run is a folder in it.
  EvalOf measure = {};
  bool full = false;
  int64_t jobs = 1;          ///< At a time.
  int threads = 1;           ///< Of each.
  std::FILE* told = stdout;  ///< Where lines on the course go.
};

/// The folder of a run.
RunFolder folder_of(const PlannedRun& run, const JobSettings& settings);

/// Makes what is not there yet, by `nce train` and `nce eval` as processes of their own, and goes on where a run was stopped.
/// What these print is in `output.txt` of the run. A run that fails is said, and the others go on. After Ctrl-C all are
/// stopped, which saves.
struct JobsDone {
  int64_t made = 0, were_there = 0;
  std::vector<std::string> failures = {};  ///< "NAME: training failed: ..."
};
JobsDone make_runs(const std::vector<PlannedRun>& runs, const JobSettings& settings);

}  // namespace nce::cli
