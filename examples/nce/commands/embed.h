#pragma once
#include <filesystem>
#include <string>

namespace nce::cli {

struct EmbedSettings {
  std::filesystem::path run, root, out;
  std::string split = "test";
  int threads = 0;
};

/// `nce embed`: a run's features of a split as a .npy file (N, features), the labels beside it. The exit code.
int embed(const EmbedSettings& settings);

}  // namespace nce::cli
