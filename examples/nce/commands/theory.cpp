#include "commands/theory.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <memory>

#include "command.h"
#include "theory/free.h"
#include "theory/losses.h"
#include "theory/run.h"
#include "theory/synthetic.h"
#include "usage.h"

namespace nce::cli {
namespace {

// The three forms of the command, and the options that only some of them have a use for.
enum Form { kFreeLogits = 1, kSynthetic = 2, kRun = 4 };
struct Owned {
  const char* option;
  int forms;
};
constexpr Owned kOwned[] = {{"--model", kFreeLogits | kSynthetic},
                            {"--loss", kFreeLogits | kSynthetic},
                            {"--delta", kFreeLogits | kSynthetic},
                            {"--gamma", kFreeLogits | kSynthetic},
                            {"--batch", kFreeLogits | kSynthetic},
                            {"--samples", kSynthetic},
                            {"--epochs", kSynthetic},
                            {"--temperature", kSynthetic},
                            {"--noise", kSynthetic},
                            {"--dim", kSynthetic},
                            {"--lr", kSynthetic},
                            {"--seed", kSynthetic | kRun},
                            {"--states", kRun},
                            {"--pairs", kRun},
                            {"--root", kRun}};

const char* name_of(int form) {
  return form == kSynthetic ? "`nce theory --synthetic`"
         : form == kRun     ? "`nce theory --run`"
                            : "`nce theory` alone";
}

Form form_of(const CLI::App& command, const TheorySettings& s) {
  if (s.synthetic && !s.run.empty())
    throw UsageError("--synthetic and --run exclude each other: views are drawn, or those of a run");
  const Form form = s.synthetic ? kSynthetic : s.run.empty() ? kFreeLogits : kRun;
  for (const auto& [option, forms] : kOwned)
    if (command.get_option(option)->count() > 0 && !(forms & form))
      throw UsageError(fmt::format("{} is not an option of {}", option, name_of(form)));
  return form;
}

void validate(const TheorySettings& s, Form form) {
  const auto require = [](bool holds, const char* option, const auto& value, const char* what) {
    if (!holds) throw UsageError(fmt::format("--{} {}: {}", option, value, what));
  };
  for (const auto& [option, values] : {std::pair("delta", &s.delta), std::pair("gamma", &s.gamma)})
    for (const double value : *values)
      require(std::abs(value) <= 1e6, option, value, "must be a number within -1e6 .. 1e6");
  for (const int64_t batch : s.batch) {
    require(batch >= 2, "batch", batch, "must be at least 2: a pair needs another pair to be told from");
    require(batch <= 1'000'000'000'000, "batch", batch, "must be at most 1000000000000");
  }
  require(s.temperature > 0 && std::isfinite(s.temperature), "temperature", s.temperature, "must be above 0");
  require(s.noise >= 0 && std::isfinite(s.noise), "noise", s.noise, "must not be negative");
  require(s.lr > 0 && std::isfinite(s.lr), "lr", s.lr, "must be above 0");
  constexpr int64_t kMost = 100'000'000;  // more would neither fit nor end
  require(s.samples >= 2 && s.samples <= kMost, "samples", s.samples, "must be within 2 .. 100000000");
  require(s.epochs >= 1 && s.epochs <= kMost, "epochs", s.epochs, "must be within 1 .. 100000000");
  require(s.dim >= 1 && s.dim <= 65536, "dim", s.dim, "must be within 1 .. 65536");
  require(s.pairs >= 2 && s.pairs <= kMost, "pairs", s.pairs, "must be within 2 .. 100000000");
  if (form == kSynthetic) {
    if (s.batch.size() > 1) throw UsageError("--batch: the synthetic experiment takes one size");
    if (!s.batch.empty())
      require(s.batch.front() <= s.samples, "batch", s.batch.front(), "must not be above --samples");
  }
}

int theory(const CLI::App& command, const TheorySettings& settings) {
  const Form form = form_of(command, settings);
  validate(settings, form);
  if (form == kRun) return theory_of_run(settings);
  const StateModel model = settings.model.empty() ? paper_model() : read_model(settings.model);
  return form == kSynthetic ? synthetic_experiment(settings, model) : free_logits(settings, model);
}

}  // namespace

Run add_theory(CLI::App& command) {
  auto settings = std::make_shared<TheorySettings>();
  TheorySettings& s = *settings;
  command.option_defaults()->always_capture_default();
  const std::string forms = "Form";
  command
      .add_flag("--synthetic", s.synthetic,
                "Train a small encoder on views drawn through the model of states, and lay it beside the target")
      ->group(forms);
  command.add_option("--run", s.run, "Folder of a run of nce train: lay its encoder beside the target of its loss")
      ->group(forms);

  const std::string what = "Losses and states (without --run)";
  command
      .add_option(
          "--model", s.model,
          "JSON file {\"P\": [0.5, 0.5], \"A\": [[0.9, 0.1], [0.2, 0.8]], \"names\": [\"a\", \"b\"]}: how often a "
          "sample is in each state, and a row a state: where its views are [the paper's three states]")
      ->group(what);
  command.add_option("--loss", s.loss, "Only these losses [all]")
      ->check(CLI::IsMember(theory_loss_names()))
      ->default_str("")
      ->delimiter(',')
      ->group(what);
  command
      .add_option("--delta", s.delta,
                  "sc_info_nce: values of delta, each with each gamma [some on and off the line]")
      ->default_str("")
      ->delimiter(',')
      ->group(what);
  command.add_option("--gamma", s.gamma, "sc_info_nce: values of gamma [with --delta: delta - 1, the line]")
      ->default_str("")
      ->delimiter(',')
      ->group(what);
  command.add_option("--batch", s.batch, "Pairs of views in a batch; several without --synthetic [10 1000; 1000]")
      ->default_str("")
      ->delimiter(',')
      ->group(what);

  const std::string synthetic = "With --synthetic";
  command.add_option("--samples", s.samples, "Samples, as many in each state as P says")->group(synthetic);
  command.add_option("--epochs", s.epochs, "Passes over the samples, each with new views")->group(synthetic);
  command.add_option("--temperature", s.temperature, "Temperature of the similarities")->group(synthetic);
  command
      .add_option("--noise", s.noise,
                  "A view in state j is the j-th unit vector plus normal noise of this size in each dimension")
      ->group(synthetic);
  command.add_option("--dim", s.dim, "Size of the embeddings")->group(synthetic);
  command.add_option("--lr", s.lr, "Peak learning rate of AdamW, falling along a cosine")->group(synthetic);

  const std::string run = "With --run";
  command
      .add_option("--states", s.states,
                  "labels, or kmeans:K for K clusters of the embeddings of the images as they are")
      ->group(run);
  command.add_option("--pairs", s.pairs, "Pairs of views to measure on")->group(run);
  command.add_option("--root", s.root, "Folder of the data set, where it is not where it was in training")
      ->group(run);

  const std::string output = "Output";
  command.add_option("--out", s.out, "Folder for CSV files and SVG pictures")->group(output);
  command.add_flag("--json", s.json, "Print one JSON object instead of the tables")->group(output);
  command.add_option("--seed", s.seed, "Of the views, the weights and the clusters")->group(output);

  command.footer(
      "Without --synthetic and --run: free logits, a table of K x K numbers in the place of an encoder. Which loss "
      "has\n"
      "its target in reach, how far it ends from it, and how fast it drifts where it has none.\n"
      "Examples: nce theory --delta 0.5 1 1.5 --gamma -0.2 0 0.5 --batch 10,100,1000\n"
      "          nce theory --synthetic --out theory\n"
      "          nce theory --run runs/a --states kmeans:10 --out theory");
  return [&command, settings] { return theory(command, *settings); };
}

}  // namespace nce::cli
