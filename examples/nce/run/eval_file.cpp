#include "run/eval_file.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nce/core/error.h"
#include "nce/core/files/contents.h"
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

}  // namespace

EvalFile parse_eval(std::string_view bytes, const std::string& file) {
  const Json json = parse_json(bytes, file);
  const auto text = [&](const char* key) {
    return text_value(member(json, key, file), fmt::format("{}: {}", file, key));
  };
  EvalFile eval{.weights = text("weights"),
                .identity = text("identity"),
                .protocol = text("protocol"),
                .measures = {},
                .columns = {},
                .baselines = {},
                .scores = {}};
  for (const Json& column : list_value(member(json, "columns", file), file + ": columns")) {
    const std::string where = file + ": columns";
    eval.columns.push_back({.key = text_value(member(column, "key", where), where),
                            .title = text_value(member(column, "title", where), where),
                            .measure = ""});
    if (column.contains("measure")) eval.columns.back().measure = text_value(column["measure"], where);
    if (column.contains("times")) eval.columns.back().times = int(whole_number(column["times"], where, 1, 100));
  }
  if (eval.columns.empty()) return eval;
  eval.measures.emplace_back("", json.contains("method") ? text_value(json["method"], file + ": method") : "");
  if (json.contains("measures"))
    for (const Json& measure : list_value(json["measures"], file + ": measures"))
      eval.measures.emplace_back(text_value(member(measure, "name", file), file),
                                 text_value(member(measure, "protocol", file), file));
  const auto scores_in = [&](const Json& row, bool baseline) {
    std::vector<double> scores;
    for (const auto& column : eval.columns) {
      const Json& score = member(row, column.key, file);
      // A measure need not have a value, as where the loss has no target. The task's own score has one.
      const bool may_lack = baseline || !column.measure.empty();
      scores.push_back(may_lack && score.is_null() ? NAN
                                                   : real_number(score, fmt::format("{}: {}", file, column.key)));
    }
    return scores;
  };
  eval.baselines = rows_in(json, "baselines", file);
  for (auto& baseline : eval.baselines) baseline.scores = scores_in(member(json, baseline.key, file), true);
  eval.scores = scores_in(json, false);
  return eval;
}

std::string eval_command(const RunFolder& run, const EvalOf& of) {
  return fmt::format("nce eval {}{}--run {}", of.split == data::Split::validation ? "--split validation " : "",
                     of.layer == "encoder" ? "" : "--layer " + of.layer + " ", run.path().string());
}

EvalFile read_eval(const RunFolder& run, const EvalOf& of) {
  const std::string file = run.scores(of.split, of.layer).string();
  try {
    return parse_eval(contents_of(file), file);
  } catch (const Error& error) { fail("{}; measure the run again: {}", error.what(), eval_command(run, of)); }
}

}  // namespace nce::cli
