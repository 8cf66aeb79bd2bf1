#pragma once
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "support/process.h"

/// The program by command lines, as a user types them, and what a run leaves.
namespace nce::test {

using nlohmann::json;

inline std::string operator+(const std::string& text, const std::filesystem::path& path) {
  return text + path.string();
}

inline bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The program with the words of a line. There are no quotes: a word has no space.
inline std::vector<std::string> words(const std::string& line, const std::string& program = NCE_PROGRAM) {
  std::istringstream stream(line);
  std::vector<std::string> all{program};
  for (std::string word; stream >> word;) all.push_back(word);
  return all;
}

inline Result run_line(const std::string& line, const std::string& program = NCE_PROGRAM) {
  return Process(words(line, program)).wait();
}

/// A command for the shell; "$NCE" is the program.
inline std::vector<std::string> in_shell(const std::string& command) {
  return {"/bin/sh", "-c", "NCE=" NCE_PROGRAM "; " + command};
}

inline Result succeed(const std::string& line, const std::string& program = NCE_PROGRAM) {
  const Result result = run_line(line, program);
  CAPTURE(line);
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return result;
}

/// The line ends with this exit code, and standard error holds `text`.
inline void check_refused(const std::string& line, int code, const std::string& text,
                          const std::string& program = NCE_PROGRAM) {
  const Result result = run_line(line, program);
  CAPTURE(line);
  CAPTURE(result.err);
  CHECK(result.code == code);
  CHECK(holds(result.err, text));
}

/// What a page of nce report shows.
inline json data_of(const std::string& page) {
  const std::string begin = "id=\"report\">", end = "</script>";
  const size_t from = page.find(begin) + begin.size();
  return json::parse(page.substr(from, page.find(end, from) - from));
}

/// The lines of log.jsonl, or those of one event.
inline std::vector<json> log_of(const std::filesystem::path& run, const std::string& event = "") {
  std::vector<json> lines;
  std::istringstream text(read_file(run / "log.jsonl"));
  for (std::string line; std::getline(text, line);)
    if (json entry = json::parse(line); event.empty() || entry["event"] == event) lines.push_back(entry);
  return lines;
}

inline void check_same_files(const std::filesystem::path& a, const std::filesystem::path& b) {
  for (const char* name : {"config.toml", "state.safetensors", "checkpoint.safetensors"}) {
    CAPTURE(name);
    CHECK(read_file(a / name) == read_file(b / name));
  }
}

}  // namespace nce::test
