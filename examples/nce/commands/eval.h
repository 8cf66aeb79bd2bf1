#pragma once
#include <filesystem>
#include <vector>

namespace nce::cli {

struct EvalSettings {
  std::vector<std::filesystem::path> runs;
  std::filesystem::path root;
  bool json = false, no_baselines = false;
  int threads = 0;
};

/// `nce eval`: kNN and linear accuracy of a run's encoder, beside raw pixels and the encoder before training. The
/// exit code.
int evaluate(const EvalSettings& settings);

}  // namespace nce::cli
