#include "run/eval_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nce/core/error.h"
#include "nce/core/files/json.h"

namespace nce::cli {
namespace {

using Json = nlohmann::json;

// [{"key": "knn", "title": "kNN 20"}]
std::vector<EvalFile::Row> rows_in(const Json& json, const std::string& key, const std::string& file) {
  std::vector<EvalFile::Row> rows;
  const std::string where = fmt::format("{}: {}", file, key);
  for (const Json& row : list_value(member(json, key, file), where))
    rows.push_back(
        {text_value(member(row, "key", where), where), text_value(member(row, "title", where), where), {}});
  return rows;
}

EvalFile parse(const Json& json, const std::string& file) {
  const auto text = [&](const char* key) {
    return text_value(member(json, key, file), fmt::format("{}: {}", file, key));
  };
  EvalFile eval{.weights = text("weights"),
                .identity = text("identity"),
                .protocol = text("protocol"),
                .columns = rows_in(json, "columns", file),
                .baselines = {},
                .scores = {}};
  if (eval.columns.empty()) return eval;
  const auto scores_in = [&](const Json& row) {
    std::vector<double> scores;
    for (const auto& column : eval.columns)
      scores.push_back(real_number(member(row, column.key, file), fmt::format("{}: {}", file, column.key)));
    return scores;
  };
  eval.baselines = rows_in(json, "baselines", file);
  for (auto& baseline : eval.baselines) baseline.scores = scores_in(member(json, baseline.key, file));
  eval.scores = scores_in(json);
  return eval;
}

}  // namespace

std::string eval_command(const RunFolder& run, data::Split split) {
  return fmt::format("nce eval {}--run {}", split == data::Split::validation ? "--split validation " : "",
                     run.path().string());
}

EvalFile read_eval(const RunFolder& run, data::Split split) {
  const std::string file = run.scores(split).string();
  try {
    return parse(read_json(file), file);
  } catch (const Error& error) { fail("{}; measure the run again: {}", error.what(), eval_command(run, split)); }
}

}  // namespace nce::cli
