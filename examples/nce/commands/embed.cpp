#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iterator>
#include <memory>
#include <optional>
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

// Rows of numbers with tabs between them, as TensorBoard's projector reads them.
std::string tsv(const Tensor& rows) {
  const auto values = rows.to_vector<float>();
  const size_t columns = size_t(rows.size(1));
  std::string text;
  for (size_t i = 0; i < values.size(); ++i)
    fmt::format_to(std::back_inserter(text), "{}{}", values[i], (i + 1) % columns ? '\t' : '\n');
  return text;
}

// A text as a field of such a file.
std::string field(std::string text) {
  for (char& c : text)
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  return text;
}

// A line an example: its label, the name of its class and what a person reads for it, where there is something.
void write_metadata(AtomicFile& file, const Task& task, data::Split split) {
  const std::span<const int> labels = task.labels(split);
  const bool text = !task.text(split, 0).empty();
  file.write(fmt::format("label\tclass{}\n", text ? "\texample" : ""));
  for (int i = 0; i < int(labels.size()); ++i)
    file.write(fmt::format("{}\t{}{}\n", labels[size_t(i)], field(task.class_name(labels[size_t(i)])),
                           text ? "\t" + field(task.text(split, i)) : ""));
}

int embed(const EmbedSettings& settings) {
  const bool projector = settings.out.extension() == ".tsv";
  if (!projector && settings.out.extension() != ".npy")
    throw UsageError(
        fmt::format("--out {}: must end in .npy, or .tsv for TensorBoard's projector", settings.out.string()));
  const auto beside = [&](const char* end) { return std::filesystem::path(settings.out).replace_extension(end); };
  const auto labels = beside(projector ? ".metadata.tsv" : ".labels.npy");
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
  // Each part is written as it comes: memory does not grow with the number of examples.
  std::optional<NpyRows> npy;
  std::optional<AtomicFile> text;
  projector ? void(text.emplace(settings.out)) : void(npy.emplace(settings.out, int64_t(of_split.size())));
  int64_t columns = 0;
  each_part(
      run.task->all(split),
      [&](std::span<const int> part) {
        return projection ? run.model->embed(split, part) : run.model->encoder().features(split, part);
      },
      meter,
      [&](const Tensor& part) {
        columns = part.size(1);
        text ? text->write(tsv(part)) : npy->add(part);
      });
  meter.clear();
  std::string also;
  if (projector) {
    AtomicFile file(labels);
    write_metadata(file, *run.task, split);
    text->commit(), file.commit();
    also = fmt::format("{}: their classes; projector.tensorflow.org loads both", labels.string());
  } else {
    npy->commit();
    save_npy(labels, of_split);
    also = fmt::format("{}: their labels", labels.string());
    if (!run.task->sample_name(split, 0).empty()) {
      AtomicFile file(beside(".names.txt"));
      for (int i = 0; i < int(of_split.size()); ++i) file.write(run.task->sample_name(split, i) + "\n");
      file.commit();
      also += fmt::format("; {}: their files", beside(".names.txt").string());
    }
  }
  fmt::print("{}: {} {} of {} {} examples; {}\n", settings.out.string(), columns,
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
      .add_option(
          "--out", settings->out,
          "File to write, some examples at a time. NAME.npy: the labels go to NAME.labels.npy, names of files to NAME.names.txt. "
          "NAME.tsv, for TensorBoard's projector: labels and names go to NAME.metadata.tsv")
      ->required();
  settings->places.each([&](const char* flag, std::filesystem::path& place, const char* help) {
    command.add_option(flag, place, help);
  });
  return [settings] { return embed(*settings); };
}

}  // namespace nce::cli
