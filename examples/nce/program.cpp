#include "program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "commands/check_loss.h"
#include "config.h"
#include "commands/embed.h"
#include "commands/eval.h"
#include "nce/core/error.h"
#include "commands/report.h"
#include "run/settings.h"
#include "commands/theory.h"
#include "commands/train.h"
#include "usage.h"

namespace nce::cli {
namespace {

int run(int argc, char** argv) {
  CLI::App app(
      "Contrastive learning on the CPU: train an encoder with InfoNCE, SC-InfoNCE or a relative, and measure it.",
      "nce");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  TrainSettings training;
  CLI::App* train_command = app.add_subcommand("train", "Train an encoder; writes a run folder");
  add_train_options(*train_command, training);
  train_command->footer(
      "Example: nce train --data mnist --root data --loss info_nce --temperature 0.2 --epochs 1 --out runs/a");

  EvalSettings evaluation;
  CLI::App* eval_command = app.add_subcommand(
      "eval", "Measure a run's encoder: kNN and a linear probe, beside raw pixels and a random encoder");
  eval_command->add_option("--run", evaluation.runs, "Folder of a run; several give one table")->required();
  eval_command->add_option("--root", evaluation.root,
                           "Folder of the data set, where it is not where it was in training");
  eval_command->add_flag("--json", evaluation.json,
                         "Print a JSON object a run instead of the table; accuracies are 0 .. 1");
  eval_command->add_flag("--no-baselines", evaluation.no_baselines, "Leave out raw pixels and the random encoder");
  eval_command->add_option("--threads", evaluation.threads, "Threads; 0: one a CPU");

  EmbedSettings embedding;
  CLI::App* embed_command = app.add_subcommand("embed", "Write a run's features as .npy, and their labels");
  embed_command->add_option("--run", embedding.run, "Folder of the run")->required();
  embed_command->add_option("--split", embedding.split, "train or test")
      ->check(CLI::IsMember(std::vector<std::string>{"train", "test"}))
      ->capture_default_str();
  embed_command->add_option("--out", embedding.out, "File to write; the labels go to NAME.labels.npy")->required();
  embed_command->add_option("--root", embedding.root,
                            "Folder of the data set, where it is not where it was in training");
  embed_command->add_option("--threads", embedding.threads, "Threads; 0: one a CPU");

  std::vector<std::filesystem::path> measured;
  CLI::App* report_command = app.add_subcommand(
      "report",
      "A table of measured runs; those that differ in their seed alone share a line, with mean and spread");
  report_command->add_option("runs", measured, "Folders of runs that nce eval has measured")->required();

  CheckLossSettings checking;
  CLI::App* check_loss_command = app.add_subcommand(
      "check-loss", "Whether a loss is right, and what kind of loss it is; exit code 1 where it is wrong");
  add_check_loss_options(*check_loss_command, checking);

  TheorySettings theoretical;
  CLI::App* theory_command = app.add_subcommand(
      "theory",
      "What contrastive losses converge to: free logits, a synthetic experiment, or a run beside its target");
  add_theory_options(*theory_command, theoretical);

  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
  if (argc > 1 && argv[1][0] != '-' && std::find(commands.begin(), commands.end(), argv[1]) == commands.end())
    throw UsageError(fmt::format("there is no command '{}'; there are {}", argv[1], fmt::join(commands, ", ")));
  try {
    app.parse(argc, argv);
    if (*embed_command) return embed(embedding);
    if (*report_command) return report(measured);
    if (*check_loss_command) return check_loss(*check_loss_command, checking);
    if (*theory_command) return theory(*theory_command, theoretical);
    if (*eval_command) return evaluate(evaluation);
    complete_train_settings(*train_command, training);
    return train(training, config_text(*train_command));
  } catch (const CLI::CallForHelp& help) { return app.exit(help); } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) { throw UsageError(error.what()); }
}

}  // namespace

int run_program(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the write, not the end of the program
  try {
    const int code = run(argc, argv);
    check(std::fflush(stdout) == 0 && !std::ferror(stdout), "standard output could not be written in full");
    return code;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "nce: %s\n`nce --help` and `nce COMMAND --help` say what there is.\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nce: %s\n", error.what());
    return 1;
  }
}

}  // namespace nce::cli
