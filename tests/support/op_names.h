#pragma once
#include <regex>
#include <set>
#include <string>

#include "support/files.h"
#include "support/paths.h"

namespace nce::test {

/// The names of all functions that core/ops.h declares. Tests use it to find operations that they forgot.
inline std::set<std::string> op_names() {
  const std::string text = read_file(source_file("core/ops.h"));
  const std::regex declaration(R"((?:^|\n)(?:Tensor|std::vector<(?:int|Tensor)>) (\w+)\()");
  std::set<std::string> names;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), declaration); it != std::sregex_iterator(); ++it)
    if ((*it)[1] != "operator") names.insert((*it)[1]);
  return names;
}

}  // namespace nce::test
