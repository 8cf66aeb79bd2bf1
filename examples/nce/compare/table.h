#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compare/paired.h"
#include "config.h"
#include "run/eval_file.h"

namespace nce::cli {

/// A run that is compared.
struct ComparedRun {
  std::string table;  ///< Runs of one table are compared.
  Config config;
  std::optional<EvalFile> eval = {};  ///< Unset: it is not measured.
};

/// Runs that are the same experiment, or a baseline of them.
struct ComparedRow {
  std::string name;
  bool baseline = false;
  int64_t planned = 0;                                 ///< How many runs it should have.
  std::map<int64_t, std::vector<double>> scores = {};  ///< By seed: one a column.

  double mean(size_t column) const;
  double spread(size_t column) const;  ///< Standard deviation over seeds; NaN for fewer than two.
};

struct ComparedTable {
  std::string title;
  std::vector<EvalFile::Column> columns = {};
  std::vector<std::pair<std::string, std::string>> measures = {};  ///< And how each measures.
  std::vector<ComparedRow> rows = {};                              ///< Baselines, then experiments.

  /// A row less the first experiment, on the seeds that both have. None for baselines and the first one.
  std::optional<Paired> beside_first(const ComparedRow& row, size_t column) const;
  const ComparedRow* first() const;
  /// Whether a row has seeds of the first experiment, two or more: then differences tell something.
  bool paired() const;
  /// How many differences have a p.
  int64_t tests() const;
};

/// Runs by their table and experiment. The first experiment of each table is what its others are compared with.
std::vector<ComparedTable> compare(const std::vector<ComparedRun>& runs);

/// The columns of a measure as text: a head, then a line a row. Means with standard deviations, differences with standard errors,
/// p. Empty where the table has none.
std::vector<std::vector<std::string>> cells_of(const ComparedTable& table, const std::string& measure);

/// Markdown: means with standard deviations, differences with standard errors, p.
std::string to_markdown(const std::vector<ComparedTable>& tables);
/// A line a row and score, as they are: seeds, mean, spread, and beside the first: pairs, difference, error, p.
std::string to_csv(const std::vector<ComparedTable>& tables);
/// The same as a JSON object a line.
std::string to_json_lines(const std::vector<ComparedTable>& tables);

}  // namespace nce::cli
