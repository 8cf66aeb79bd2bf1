#include "run/log.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"

namespace nce::cli {

using Json = nlohmann::ordered_json;

Log::Log(const std::filesystem::path& path, int64_t last_step) : path_(path) {
  std::string kept;
  if (std::ifstream former(path); former)
    for (std::string line; std::getline(former, line);) {
      const Json entry =
          Json::parse(line, nullptr, false);  // a line that a kill cut short is not JSON: dropped too
      if (entry.is_object() && entry.value("step", last_step + 1) <= last_step) kept += line + "\n";
    }
  AtomicFile file(path);
  file.write(kept);
  file.commit();
  file_.open(path, std::ios::app);
  check(file_.good(), "{} cannot be opened for writing: {}", path_.string(), std::strerror(errno));
}

void Log::write(const Json& line) {
  file_ << line.dump() << '\n' << std::flush;
  check(file_.good(), "{} cannot be written: {}", path_.string(), std::strerror(errno));
}

}  // namespace nce::cli
