#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "arguments.h"
#include "command.h"
#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/files/npy.h"
#include "nce/core/files/paths.h"
#include "run/meter.h"
#include "run/settings.h"
#include "run/state.h"
#include "run/trained_run.h"
#include "usage.h"

namespace nce::cli {
namespace {

struct EmbedSettings {
  std::filesystem::path run, out;
  Places places;
  std::string split = "test", layer = "encoder";
};

int embed(const EmbedSettings& settings) {
  if (settings.out.extension() != ".npy")
    throw UsageError(fmt::format("--out {}: must end in .npy", settings.out.string()));
  const auto labels = std::filesystem::path(settings.out).replace_extension(".labels.npy");
  std::error_code none;
  const data::Split split = split_named(settings.split);
  check_split(read_run(RunFolder(settings.run)), settings.run, split);  // before any folder is made
  if (!settings.out.parent_path().empty()) RunFolder(settings.out.parent_path()).create();
  for (const auto& file : {settings.out, labels})  // an error now rather than after embedding; not of a pipe
    if (!is_there(file) || std::filesystem::is_regular_file(file, none)) AtomicFile{file};
  const TrainedRun run = open_run(settings.run, settings.places);
  const std::span<const int> of_split = run.task->labels(split);
  check(!of_split.empty(), "{}: there are no {} examples ({}); --split train embeds those that it learned from",
        settings.run.string(), settings.split, run.task->protocol());
  const bool projection = settings.layer == "projection";
  if (projection) load_model(run.folder, *run.model);
  run.model->eval();
  const NoGrad no_grad;
  Meter meter;
  meter.stage(fmt::format("{} of {} examples", projection ? "projection" : "features", settings.split),
              int64_t(of_split.size()));
  const Tensor features = features_in_parts(
      run.task->all(split),
      [&](std::span<const int> part) {
        return projection ? run.model->embed(split, part) : run.model->encoder().features(split, part);
      },
      meter);
  meter.clear();
  save_npy(settings.out, features);
  save_npy(labels, of_split);
  std::string also = fmt::format("{}: their labels", labels.string());
  if (!run.task->sample_name(split, 0).empty()) {
    const auto names = std::filesystem::path(settings.out).replace_extension(".names.txt");
    AtomicFile file(names);
    for (int i = 0; i < int(of_split.size()); ++i) file.write(run.task->sample_name(split, i) + "\n");
    file.commit();
    also += fmt::format("; {}: their files", names.string());
  }
  fmt::print("{}: {} {} of {} {} examples; {}\n", settings.out.string(), features.size(1),
             projection ? "dimensions of the projection" : "features", of_split.size(), settings.split, also);
  return 0;
}

}  // namespace

Run add_embed(CLI::App& command) {
  auto settings = std::make_shared<EmbedSettings>();
  command.add_option("--run", settings->run, "Folder of the run")->required();
  command.add_option("--split", settings->split, "train, test or validation: what --validation held out of train")
      ->check(one_of({"train", "test", "validation"}))
      ->capture_default_str();
  command
      .add_option("--layer", settings->layer,
                  "encoder: its features; projection: the embeddings that the loss saw, before they get length 1")
      ->check(one_of({"encoder", "projection"}))
      ->capture_default_str();
  command
      .add_option("--out", settings->out,
                  "File to write; the labels go to NAME.labels.npy, names of files to NAME.names.txt")
      ->required();
  settings->places.each([&](const char* flag, std::filesystem::path& place, const char* help) {
    command.add_option(flag, place, help);
  });
  return [settings] { return embed(*settings); };
}

}  // namespace nce::cli
