// log.jsonl, as reports read it and a run that goes on.
#include "run/log.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("log", bytes) {
  using namespace nce::cli;
  std::istringstream file{std::string(few_lines(bytes))};
  for (const auto& line : read_log(file, "F")) {
    static_cast<void>(is_event(line, "epoch"));
    static_cast<void>(number_in(line, "loss"));
  }
  file.clear(), file.seekg(0);
  const KeptLog kept = log_until(file, 10, "F");
  std::istringstream again(kept.text);  // what it kept, it keeps
  const KeptLog as_before = log_until(again, 10, "F");
  sound(as_before.dropped == 0 && as_before.skipped.empty() && as_before.text == kept.text);
}
