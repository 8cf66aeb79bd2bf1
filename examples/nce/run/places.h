#pragma once
#include <filesystem>
#include <string_view>

namespace nce::cli {

/// Options of a data set that say where its files are. They may move: a place is neither part of an experiment nor fixed.
/// What is empty is where the run says.
struct Places {
  std::filesystem::path root = {}, sts = {};

  /// f(flag, path, help) for each. The option's name is the flag without its dashes.
  void each(auto f) {
    f("--root", root, "Folder of the data set, where it has moved since training");
    f("--sts", sts, "Pairs of sentences with scores, in the place of the run's own");
  }
};

inline bool is_place(std::string_view key) {
  bool found = false;
  Places().each([&](std::string_view flag, auto&, auto) { found |= flag.substr(2) == key; });
  return found;
}

}  // namespace nce::cli
