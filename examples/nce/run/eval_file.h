#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "run/folder.h"

namespace nce::cli {

/// What `nce eval` wrote of a run, as far as tables need it. Scores are 0 .. 1.
struct EvalFile {
  /// A thing of the file with its name in tables, and what was measured: a score a column.
  struct Row {
    std::string key, title;
    std::vector<double> scores = {};  ///< A NaN where it has no such score.
  };
  struct Column {
    std::string key, title, measure;  ///< Measure: as of `Score`.
    int times = 100;
  };
  std::string weights, identity;                              ///< Digests of the checkpoint and of the data.
  std::string protocol;                                       ///< What was measured, or why nothing was.
  std::vector<std::pair<std::string, std::string>> measures;  ///< Names of measures, and how they measure.
  std::vector<Column> columns;                                ///< Empty: nothing was measured.
  std::vector<Row> baselines;
  std::vector<double> scores;  ///< Of the run.
};

/// Which of a run's measurements: on which examples, of which layer.
struct EvalOf {
  data::Split split = data::Split::test;
  std::string layer = "encoder";  ///< Or "projection".
};

/// Reads it. An error names the file, what is wrong, and how to write it anew.
EvalFile read_eval(const RunFolder& run, const EvalOf& of = {});
/// The same of its text. An error starts with the `file`.
EvalFile parse_eval(std::string_view text, const std::string& file);

/// What measures the run: "nce eval --split validation --run runs/a".
std::string eval_command(const RunFolder& run, const EvalOf& of);

}  // namespace nce::cli
