#include "commands/theory.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

#include "arguments.h"
#include "command.h"
#include "pages/free_logits.h"
#include "pages/measured_run.h"
#include "pages/synthetic.h"
#include "run/folder.h"
#include "run/interrupt.h"
#include "run/meter.h"
#include "terminal.h"
#include "usage.h"

namespace nce::cli {
namespace {

// The three forms of the command. Some options belong to some of them only.
enum Form { kFreeLogits = 1, kSynthetic = 2, kRun = 4 };
struct Owned {
  const CLI::Option* option;
  int forms;
  std::function<void()> check;  // a value out of range is a UsageError
};

// What to do about an option of other forms than the one that is asked for.
const char* needed_for(int forms) {
  return forms == kSynthetic                 ? "has an effect with --synthetic only: add it"
         : forms == kRun                     ? "has an effect with --run only: say which run"
         : forms == kFreeLogits + kSynthetic ? "has no effect with --run: a run has its own; leave it out"
                                             : "has an effect with --synthetic or --run only: add one of them";
}

Form form_of(const std::vector<Owned>& owned, const TheorySettings& s) {
  if (s.synthetic && !s.run.empty())
    throw UsageError("--synthetic and --run exclude each other: views are drawn, or those of a run");
  const Form form = s.synthetic ? kSynthetic : s.run.empty() ? kFreeLogits : kRun;
  for (const auto& [option, forms, check] : owned)
    if (option->count() > 0 && !(forms & form))
      throw UsageError(fmt::format("{} {}", option->get_name(), needed_for(forms)));
  for (const Owned& option : owned) option.check();
  if (form == kSynthetic && s.batch.size() > 1)
    throw UsageError("--batch: the synthetic experiment takes one size");
  if (form == kSynthetic && !s.batch.empty() && s.batch.front() > s.samples)
    throw UsageError(fmt::format("--batch {}: must not be above --samples", s.batch.front()));
  return form;
}

template <class T>
void check_range(const char* name, const T& value, const Range& range) {
  if constexpr (std::is_arithmetic_v<T>)
    if (!range.holds(double(value))) throw UsageError(fmt::format("{} {}: {}", name, value, range.text()));
}
template <class T>
void check_range(const char* name, const std::vector<T>& values, const Range& range) {
  for (const T& value : values) check_range(name, value, range);
}

int synthetic(const TheorySettings& settings, const StateModel& model) {
  catch_interrupts();
  if (!settings.out.empty()) RunFolder(settings.out).create();  // an error now rather than after training
  const std::vector<TheoryLoss> all = synthetic_losses(settings, model.joint());
  Meter meter;
  meter.stage("losses", int64_t(all.size()));
  bool begun = false;
  const auto rows = train_losses(
      settings, model, all,
      [&](const TheoryLoss& loss) {
        meter.add(begun ? 1 : 0, loss.title());
        begun = true;
      },
      interrupted);
  meter.clear();
  if (!rows.empty()) show_synthetic(settings, model, rows);
  if (!interrupted()) return 0;
  if (rows.empty())
    complain(Tone::note, "interrupted in the first loss; nothing was written");
  else
    complain(Tone::note,
             fmt::format("interrupted after {} of {} losses; what is above is of these", rows.size(), all.size()));
  return interrupt_exit_code();
}

int theory(Form form, const TheorySettings& settings) {
  if (form == kRun) {
    catch_interrupts();
    const auto run = measure_run(settings);
    if (run) return show_run(settings, *run), 0;
    complain(Tone::note, "interrupted; nothing was written");
    return interrupt_exit_code();
  }
  const StateModel model = settings.model.empty() ? paper_model() : read_model(settings.model);
  if (form == kSynthetic) return synthetic(settings, model);
  show_free_logits(settings, model, free_losses(settings, model.joint()));
  return 0;
}

}  // namespace

Run add_theory(CLI::App& command) {
  auto settings = std::make_shared<TheorySettings>();
  TheorySettings& s = *settings;
  std::vector<Owned> owned;
  command.option_defaults()->always_capture_default();
  command
      .add_flag("--synthetic", s.synthetic, "Train a small encoder on drawn views, and show it beside its target")
      ->group("Form");
  command.add_option("--run", s.run, "Folder of a run: show its encoder beside the target of its loss")
      ->group("Form");

  const auto add = [&](int forms, const char* group, const char* name, auto& value, const char* help,
                       const Range& range = {}) {
    CLI::Option* option = command.add_option(name, value, help)->group(group);
    owned.push_back({option, forms, [=, &value] { check_range(name, value, range); }});
    return option;
  };
  const auto list = [&](const char* name, auto& value, const char* help, const Range& range = {}) {
    return add(kFreeLogits | kSynthetic, "Losses and states (without --run)", name, value, help, range)
        ->default_str("")
        ->delimiter(',');
  };
  add(kFreeLogits | kSynthetic, "Losses and states (without --run)", "--model", s.model,
      "JSON file {\"P\": [0.5, 0.5], \"A\": [[0.9, 0.1], [0.2, 0.8]], \"names\": [\"a\", \"b\"]}: how often a "
      "sample is in each state, and a row a state: where its views are [the paper's three states]");
  list("--loss", s.loss, "Only these losses [all]")->check(one_of(theory_loss_names()));
  list("--delta", s.delta, "sc_info_nce: values of delta, each with each gamma [some on and off the line]",
       {.least = -1e6, .most = 1e6});
  list("--gamma", s.gamma, "sc_info_nce: values of gamma [with --delta: delta - 1, the line]",
       {.least = -1e6, .most = 1e6});
  list("--batch", s.batch, "Pairs of views in a batch; several without --synthetic [10 1000; 1000]",
       {.least = 2, .most = 1e12});

  const auto synthetic = [&](const char* name, auto& value, const char* help, const Range& range) {
    add(kSynthetic, "With --synthetic", name, value, help, range);
  };
  constexpr double kMost = 1e8;  // more would neither fit nor end
  synthetic("--samples", s.samples, "Samples, as many in each state as P says", {.least = 2, .most = kMost});
  synthetic("--epochs", s.epochs, "Passes over the samples, each with new views", {.least = 1, .most = kMost});
  synthetic("--temperature", s.temperature, "Temperature of the similarities", {.above = 0});
  synthetic("--noise", s.noise, "A view in state j is the j-th unit vector plus normal noise of this size",
            {.least = 0});
  synthetic("--dim", s.dim, "Size of the embeddings", {.least = 1, .most = 65536});
  synthetic("--lr", s.lr, "Peak learning rate of AdamW, falling along a cosine", {.above = 0});

  add(kRun, "With --run", "--states", s.states, "labels, or kmeans:K for K clusters of the embeddings");
  add(kRun, "With --run", "--pairs", s.pairs, "Pairs of views to measure on", {.least = 2, .most = kMost});
  s.places.each([&](const char* flag, std::filesystem::path& place, const char* help) {
    add(kRun, "With --run", flag, place, help);
  });

  command.add_option("--out", s.out, "Folder for CSV files and SVG pictures")->group("Output");
  command.add_flag("--json", s.json, "Print one JSON object instead of the tables")->group("Output");
  add(kSynthetic | kRun, "Output", "--seed", s.seed, "Of the views, the weights and the clusters");

  command.footer(
      "Without --synthetic and --run: free logits, a table of K x K numbers in the place of an encoder. They show "
      "which losses reach their target, how far the others end from it, and how fast they drift.\n"
      "Examples:\n"
      "  nce theory --delta 0.5 1 1.5 --gamma -0.2 0 0.5 --batch 10,100,1000\n"
      "  nce theory --synthetic --out theory\n"
      "  nce theory --run runs/a --states kmeans:10 --out theory");
  return [owned, settings] { return theory(form_of(owned, *settings), *settings); };
}

}  // namespace nce::cli
