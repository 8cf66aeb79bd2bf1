#pragma once
#include <string>
#include <vector>

#include "run/folder.h"

namespace nce::cli {

/// What `nce eval` wrote of a run, as far as tables need it. Scores are 0 .. 1.
struct EvalFile {
  /// A thing of the file with its name in tables, and what was measured: a score a column.
  struct Row {
    std::string key, title;
    std::vector<double> scores = {};
  };
  std::string weights, identity;  ///< Digests of the checkpoint and of the data.
  std::string protocol;           ///< What was measured, or why nothing was.
  std::vector<Row> columns;       ///< Without scores. Empty: nothing was measured.
  std::vector<Row> baselines;
  std::vector<double> scores;  ///< Of the run.
};

/// Reads it. An error names the file, what is wrong, and how to write it anew.
EvalFile read_eval(const RunFolder& run, data::Split split = data::Split::test);

/// What measures the run: "nce eval --split validation --run runs/a".
std::string eval_command(const RunFolder& run, data::Split split);

}  // namespace nce::cli
