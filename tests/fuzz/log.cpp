// log.jsonl, as reports read it and a run that goes on.
#include "run/log.h"

#include <nlohmann/json.hpp>

#include "support/files.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("log", bytes) {
  static const TemporaryFolder folder;
  const std::string path = folder.write("log.jsonl", std::string(bytes));
  for (const auto& line : nce::cli::read_log(path)) {
    static_cast<void>(nce::cli::is_event(line, "epoch"));
    static_cast<void>(nce::cli::number_in(line, "loss"));
  }
  { const nce::cli::Log log(path, 10); }
  const std::string kept = read_file(path);
  const nce::cli::Log again(path, 10);  // what it kept, it keeps
  sound(again.dropped() == 0 && again.skipped().empty() && read_file(path) == kept);
}
