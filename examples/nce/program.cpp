#include "program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "arguments.h"
#include "command.h"
#include "help.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/nearest.h"
#include "nce/core/parallel.h"
#include "terminal.h"
#include "usage.h"

namespace nce::cli {

// Each in its own file, commands/train.cpp and so on.
Run add_train(CLI::App&), add_eval(CLI::App&), add_embed(CLI::App&), add_report(CLI::App&),
    add_check_loss(CLI::App&), add_theory(CLI::App&);

namespace {

constexpr Command kCommands[] = {
    {"train", "Train an encoder; writes a run folder", add_train},
    {"eval", "Measure a run's encoder: kNN and a linear probe, beside raw features and a random encoder", add_eval},
    {"embed", "Write a run's features as .npy, and their labels", add_embed},
    {"report", "A table of measured runs. Runs that differ only in their seed share a line: mean and spread",
     add_report},
    {"check-loss", "Is a loss right, and what kind of loss is it? Exit code 1 where it is wrong", add_check_loss},
    {"theory", "What losses converge to: free logits, a synthetic experiment, or a run beside its target",
     add_theory},
};

// A file gets the lowest free descriptor. Where the program was started with standard output closed (`>&-`), that would
// be a file of the run, with the program's lines in it.
void hold_standard_descriptors() {
  for (int descriptor : {0, 1, 2})
    if (fcntl(descriptor, F_GETFD) < 0) static_cast<void>(open("/dev/null", O_RDWR));
}

// More threads than CPUs only wait for each other.
void use_threads(int threads) {
  if (threads < 0) throw UsageError(fmt::format("--threads: must be at least 0, got {}", threads));
  const int cpus = num_threads();
  if (threads > cpus) complain(Tone::note, fmt::format("--threads {}: {} are used, one per CPU", threads, cpus));
  if (threads > 0) set_num_threads(std::min(threads, cpus));
}

std::vector<std::string> names_of_commands() {
  std::vector<std::string> names;
  for (const Command& row : kCommands) names.emplace_back(row.name);
  return names;
}

bool is_command(const std::string& name) {
  const std::vector<std::string> names = names_of_commands();
  return std::find(names.begin(), names.end(), name) != names.end();
}

int run(const std::vector<std::string>& arguments) {
  CLI::App app(
      "Contrastive learning on the CPU: train an encoder with InfoNCE, SC-InfoNCE or a relative, and measure it.",
      "nce");
  app.formatter(std::make_shared<Help>());
  app.set_help_flag("-h,--help", "This text");
  app.set_version_flag(
      "--version", [] { return fmt::format("nce {} ({})", NCE_VERSION, kernels_in_use()); },
      "The version, and the kernels that this machine gets");
  app.require_subcommand(1);
  app.footer(
      "Begin with the built-in images:\n"
      "  nce train --out runs/first\n"
      "  nce eval --run runs/first\n"
      "`nce COMMAND --help` lists the options of a command.");

  int threads = 0;
  std::vector<std::pair<const CLI::App*, Run>> commands;
  for (const Command& row : kCommands) {
    CLI::App* command = app.add_subcommand(row.name, row.help);
    commands.emplace_back(command, row.add(*command));
    command->add_option("--threads", threads, "At most one per CPU; 0: one per CPU. Results do not depend on it")
        ->configurable(false);
  }
  if (arguments.empty()) {
    std::fputs(app.help().c_str(), stderr);
    return 2;
  }
  if (const std::string& first = arguments[0]; !first.starts_with('-') && !is_command(first))
    throw UsageError(fmt::format("there is no command '{}'; {}", first, offer(first, names_of_commands())));
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the back
  } catch (const CLI::Success& wanted) {                                        // --help, --help-all, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) { refuse(app, error, arguments); }
  for (const auto& [command, run] : commands)
    if (*command) {
      check_values(*command);
      use_threads(threads);
      return run();
    }
  return 0;
}

}  // namespace

int run_program(int argc, char** argv) {
  hold_standard_descriptors();
  std::signal(SIGXFSZ, SIG_IGN);  // a file over the size limit is an error of the write, not the end of the program
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  try {
    const int code = run(arguments);
    check(std::fflush(stdout) == 0 && !std::ferror(stdout), "standard output could not be written in full");
    return code;
  } catch (const UsageError& error) {
    const bool known = !arguments.empty() && is_command(arguments[0]);
    complain(Tone::error, fmt::format("{}\n`nce {}--help` lists the {}.", error.what(),
                                      known ? arguments[0] + " " : "", known ? "options" : "commands"));
    return 2;
  } catch (const std::exception& error) {
    complain(Tone::error, error.what());
    return 1;
  }
}

}  // namespace nce::cli
