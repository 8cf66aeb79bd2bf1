#include "program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "command.h"
#include "nce/core/error.h"
#include "nce/core/number.h"
#include "nce/core/parallel.h"
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

// As it would be printed: CLI11 reads 010 as octal.
template <class Integer>
bool is_decimal(const std::string& text) {
  const auto value = number_in<Integer>(text);
  return value && std::to_string(*value) == text;
}

// Refuses what CLI11 takes: an empty value, as of an unset shell variable, and what is not decimal.
void check_values(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options())
    for (const std::string& value : option->results()) {
      const std::string& type = option->get_type_name();
      if (value.empty())
        throw UsageError(fmt::format("{}: its value is empty; give one or leave it out", option->get_name()));
      if ((type == "INT" && !is_decimal<int64_t>(value)) || (type == "UINT" && !is_decimal<uint64_t>(value)))
        throw UsageError(fmt::format("{}: '{}' is not a whole number in decimal", option->get_name(), value));
    }
}

// More threads than CPUs only wait for each other.
void use_threads(int threads) {
  if (threads < 0) throw UsageError(fmt::format("--threads: must be at least 0, got {}", threads));
  const int cpus = num_threads();
  if (threads > cpus) std::fprintf(stderr, "nce: --threads %d: %d are used, one per CPU\n", threads, cpus);
  if (threads > 0) set_num_threads(std::min(threads, cpus));
}

int run(int argc, char** argv) {
  CLI::App app(
      "Contrastive learning on the CPU: train an encoder with InfoNCE, SC-InfoNCE or a relative, and measure it.",
      "nce");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  int threads = 0;
  std::vector<std::string> names;
  std::vector<std::pair<const CLI::App*, Run>> commands;
  for (const Command& row : kCommands) {
    CLI::App* command = app.add_subcommand(row.name, row.help);
    commands.emplace_back(command, row.add(*command));
    command
        ->add_option("--threads", threads, "Threads, at most one per CPU; 0: as many. Results do not depend on it")
        ->configurable(false);
    names.emplace_back(row.name);
  }
  if (argc > 1 && argv[1][0] != '-' && std::find(names.begin(), names.end(), argv[1]) == names.end())
    throw UsageError(fmt::format("there is no command '{}'; there are {}", argv[1], fmt::join(names, ", ")));
  try {
    app.parse(argc, argv);
    for (const auto& [command, run] : commands)
      if (*command) {
        check_values(*command);
        use_threads(threads);
        return run();
      }
    return 0;
  } catch (const CLI::CallForHelp& help) { return app.exit(help); } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) { throw UsageError(error.what()); }
}

}  // namespace

int run_program(int argc, char** argv) {
  hold_standard_descriptors();
  std::signal(SIGXFSZ, SIG_IGN);  // a file over the size limit is an error of the write, not the end of the program
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
