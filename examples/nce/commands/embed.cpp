#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "command.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/files/npy.h"
#include "nce/core/files/paths.h"
#include "run/trained_run.h"
#include "usage.h"

namespace nce::cli {
namespace {

struct EmbedSettings {
  std::filesystem::path run, root, out;
  std::string split = "test";
};

int embed(const EmbedSettings& settings) {
  if (settings.out.extension() != ".npy")
    throw UsageError(fmt::format("--out {}: must end in .npy", settings.out.string()));
  const auto labels = std::filesystem::path(settings.out).replace_extension(".labels.npy");
  std::error_code none;
  for (const auto& file : {settings.out, labels})  // an error now rather than after embedding; not of a pipe
    if (!is_there(file) || std::filesystem::is_regular_file(file, none)) AtomicFile{file};
  const TrainedRun run = open_run(settings.run, settings.root);
  const data::Split split = settings.split == "train" ? data::Split::train : data::Split::test;
  const std::span<const int> of_split = run.task->labels(split);
  const Tensor features = run.model->encoder().features(split, run.task->all(split));
  save_npy(settings.out, features);
  save_npy(labels, of_split);
  fmt::print("{}: {} features of {} {} examples; {}: their labels\n", settings.out.string(), features.size(1),
             of_split.size(), settings.split, labels.string());
  return 0;
}

}  // namespace

Run add_embed(CLI::App& command) {
  auto settings = std::make_shared<EmbedSettings>();
  command.add_option("--run", settings->run, "Folder of the run")->required();
  command.add_option("--split", settings->split, "train or test")
      ->check(CLI::IsMember(std::vector<std::string>{"train", "test"}))
      ->capture_default_str();
  command.add_option("--out", settings->out, "File to write; the labels go to NAME.labels.npy")->required();
  command.add_option("--root", settings->root, "Folder of the data set, where it has moved since training");
  return [settings] { return embed(*settings); };
}

}  // namespace nce::cli
