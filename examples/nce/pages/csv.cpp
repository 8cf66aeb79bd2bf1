#include "pages/csv.h"

#include <fmt/format.h>

#include <cmath>

#include "nce/core/files/atomic_file.h"
#include "run/folder.h"

namespace nce::cli {

void Csv::row(const std::vector<std::string>& fields) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) text_ += ',';
    if (fields[i].find_first_of(",\"\n") == std::string::npos) {
      text_ += fields[i];
      continue;
    }
    text_ += '"';
    for (const char c : fields[i]) text_ += c == '"' ? "\"\"" : std::string(1, c);
    text_ += '"';
  }
  text_ += '\n';
}

std::string field(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

void write_file(const std::filesystem::path& folder, const std::string& name, const std::string& text) {
  RunFolder(folder).create();
  AtomicFile file(folder / name);
  file.write(text);
  file.commit();
}

}  // namespace nce::cli
