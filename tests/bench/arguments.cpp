#include "arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>

#include "nce/core/number.h"

namespace nce::bench {

bool Arguments::flag(const std::string& name) {
  if (!more() || words_[at_] != name) return false;
  ++at_;
  return true;
}

std::string Arguments::value_of(const std::string& name, const std::string& wanted) {
  if (!more()) throw Usage(fmt::format("{} needs {}", name, wanted));
  return words_[at_++];
}

bool Arguments::number(const std::string& name, int64_t most, int64_t& value) {
  if (!flag(name)) return false;
  const std::string wanted = fmt::format("a whole number from 1 to {}", most), text = value_of(name, wanted);
  value = number_in<int64_t>(text).value_or(0);
  if (value < 1 || value > most) throw Usage(fmt::format("{} needs {}, got '{}'", name, wanted, text));
  return true;
}

bool Arguments::views(const std::string& name, int64_t& value) {
  if (!number(name, 1 << 20, value)) return false;
  if (value < 4 || value % 2 != 0) throw Usage(fmt::format("{} needs an even number from 4, got {}", name, value));
  return true;
}

bool Arguments::choice(const std::string& name, const std::vector<std::string>& choices, std::string& value) {
  if (!flag(name)) return false;
  const std::string wanted = fmt::format("one of {}", fmt::join(choices, ", "));
  value = value_of(name, wanted);
  if (std::find(choices.begin(), choices.end(), value) == choices.end())
    throw Usage(fmt::format("{} needs {}, got '{}'", name, wanted, value));
  return true;
}

std::string Arguments::word() {
  if (words_[at_].starts_with("-")) throw Usage(fmt::format("there is no option '{}'", words_[at_]));
  return words_[at_++];
}

int run_program(const char* name, const char* usage, int (*body)(Arguments), int argc, char** argv) {
  try {
    return body(Arguments(argc, argv));
  } catch (const Usage& error) {
    std::fprintf(stderr, "%s: %s\n%s\n", name, error.what(), usage);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name, error.what());
    return 1;
  }
}

}  // namespace nce::bench
