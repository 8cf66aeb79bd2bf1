#pragma once
#include <regex>
#include <set>
#include <string>

#include "support/files.h"
#include "support/paths.h"

namespace nce::test {

/// The names of all operations that core/ops.h, core/sparse.h and core/attention.h declare. Tests use it to find operations that they forgot.
inline std::set<std::string> op_names() {
  std::string text;
  for (const char* header : {"core/ops.h", "core/sparse.h", "core/attention.h"})
    text += read_file(source_file(header));
  const std::regex declaration(R"((?:^|\n)(?:Tensor|Ordered|std::vector<(?:int|Tensor)>) (\w+)\()");
  std::set<std::string> names;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), declaration); it != std::sregex_iterator(); ++it)
    if ((*it)[1] != "operator") names.insert((*it)[1]);
  return names;
}

}  // namespace nce::test
