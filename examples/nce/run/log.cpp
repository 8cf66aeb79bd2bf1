#include "run/log.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/files/json.h"
#include "pages/csv.h"

namespace nce::cli {

KeptLog log_until(std::istream& former, int64_t last_step, const std::string& name) {
  KeptLog kept;
  int64_t number = 0;
  for (std::string line; std::getline(former, line);) {
    const std::string where = fmt::format("{}: line {}", name, ++number);
    try {
      if (whole_number(member(parse_json(line, where), "step", where), where + ": step") <= last_step)
        kept.text += line + "\n";
      else
        ++kept.dropped;
    } catch (const Error& error) {
      if (!former.eof()) kept.skipped.emplace_back(error.what());  // else a kill cut the last line short
    }
  }
  return kept;
}

Log::Log(const std::filesystem::path& path, int64_t last_step) : path_(path) {
  std::ifstream former(path);
  kept_ = log_until(former, last_step, path.string());
  AtomicFile file(path);
  file.write(kept_.text);
  file.commit();
  file_.open(path, std::ios::app);
  check(file_.good(), "{} cannot be opened for writing: {}", path_.string(), std::strerror(errno));
}

void Log::write(const nlohmann::ordered_json& line) {
  file_ << json_text(line) << '\n' << std::flush;
  check(file_.good(), "{} cannot be written: {}", path_.string(), std::strerror(errno));
}

std::vector<nlohmann::json> read_log(const std::filesystem::path& path) {
  std::ifstream file(path);
  return read_log(file, path.string());
}

std::vector<nlohmann::json> read_log(std::istream& file, const std::string& name) {
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(file, line);) try {
      nlohmann::json value = parse_json(line, name);
      if (value.is_object()) lines.push_back(std::move(value));
    } catch (const Error&) {}  // `Log` names such lines when the run goes on
  return lines;
}

std::string csv_of_log(const std::vector<nlohmann::json>& lines) {
  std::vector<std::string> keys{"event", "epoch", "step", "loss", "lr"};  // the others as they come
  std::vector<const nlohmann::json*> rows;
  for (const auto& line : lines)
    if (is_event(line, "step") || is_event(line, "epoch")) {
      rows.push_back(&line);
      for (const auto& [key, value] : line.items())
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  Csv csv(keys);
  for (const auto* row : rows) {
    std::vector<std::string> fields;
    for (const std::string& key : keys) {
      const auto value = row->find(key);
      if (value == row->end() || value->is_null())
        fields.emplace_back();
      else
        fields.push_back(value->is_number()   ? field(*number_in(*row, key))
                         : value->is_string() ? text_in(*row, key)
                                              : value->dump());
    }
    csv.row(fields);
  }
  return csv.text();
}

bool is_event(const nlohmann::json& line, std::string_view event) { return text_in(line, "event") == event; }

std::optional<double> number_in(const nlohmann::json& line, const std::string& key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

std::string text_in(const nlohmann::json& line, const std::string& key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace nce::cli
