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
#include "completion.h"
#include "help.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/nearest.h"
#include "nce/core/parallel.h"
#include "terminal.h"
#include "usage.h"

namespace nce::cli {

// Each in its own file, commands/train.cpp and so on.
Run add_train(CLI::App&), add_eval(CLI::App&), add_embed(CLI::App&), add_report(CLI::App&), add_compare(CLI::App&),
    add_watch(CLI::App&), add_check_loss(CLI::App&), add_theory(CLI::App&), add_data_list(CLI::App&),
    add_data_check(CLI::App&), add_data_show(CLI::App&), add_data_fetch(CLI::App&), add_playground(CLI::App&);

namespace {

constexpr Command kData[] = {
    {"list", "Which sets are known, which lie under a root, and where the others are to be had", add_data_list},
    {"check", "Counts, labels, mean and deviation, doubles, and the published checksums of a set", add_data_check},
    {"show", "Write a PNG picture of images, each beside its views", add_data_show},
    {"fetch", "Download a standard set, and compare it with the published checksums", add_data_fetch},
};

constexpr Command kCommands[] = {
    {"train", "Train an encoder; writes a run folder", add_train},
    {"eval", "Measure a run's encoder: kNN and a linear probe, beside raw features and a random encoder", add_eval},
    {"embed", "Write a run's features as .npy, and their labels", add_embed},
    {"report", "A table of measured runs. Runs that differ only in their seed share a line: mean and spread",
     add_report},
    {"compare",
     "Many runs from one file: trains, measures, one table with paired tests; or two runs beside each other",
     add_compare},
    {"watch", "How far runs are that train in another process", add_watch},
    {"check-loss", "Is a loss right, and what kind of loss is it? Exit code 1 where it is wrong", add_check_loss},
    {"theory", "What losses converge to: free logits, a synthetic experiment, or a run beside its target",
     add_theory},
    {"playground", "Write a page to play on: what losses do, in one file for a browser", add_playground},
    {"data", "Sets of images: list, check, show, fetch", nullptr, kData},
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
  if (threads > cpus)
    complain(Tone::note,
             fmt::format("--threads {}: {} {} used; there are no more", threads, cpus, cpus == 1 ? "is" : "are"));
  if (threads > 0) set_num_threads(std::min(threads, cpus));
}

std::vector<std::string> names_of(std::span<const Command> rows) {
  std::vector<std::string> names;
  for (const Command& row : rows) names.emplace_back(row.name);
  return names;
}

// The command that the first arguments name, as far as they do: of "data lst" it is "data".
struct Named {
  std::string name = {};
  size_t words = 0;
  std::span<const Command> below = kCommands;  // empty: it can run
};
Named named_by(const std::vector<std::string>& arguments) {
  Named named;
  for (const std::string& word : arguments) {
    const auto row = std::find_if(named.below.begin(), named.below.end(), [&](auto& r) { return word == r.name; });
    if (row == named.below.end()) break;
    named.name += (named.name.empty() ? "" : " ") + word;
    ++named.words, named.below = row->below;
  }
  return named;
}

using Runs = std::vector<std::pair<const CLI::App*, Run>>;

void declare(CLI::App& above, std::span<const Command> rows, int& threads, Runs& runs) {
  above.require_subcommand(1);
  for (const Command& row : rows) {
    CLI::App* command = above.add_subcommand(row.name, row.help);
    if (!row.add) {
      command->footer(fmt::format("`nce {} COMMAND --help` lists the options of a command.", row.name));
      declare(*command, row.below, threads, runs);
      continue;
    }
    runs.emplace_back(command, row.add(*command));
    command->add_option("--threads", threads, "At most one per CPU; 0: one per CPU. Results do not depend on it")
        ->configurable(false);
  }
}

// `nce completion bash`; and what that asks for: `nce completion words train --lo`.
int complete(CLI::App& app, const std::vector<std::string>& words) {
  if (words == std::vector<std::string>{"bash"}) {
    fmt::print("{}", bash_completion());
    return 0;
  }
  if (words.empty() || words[0] != "words")
    throw UsageError("completion: say for which shell: nce completion bash");
  for (const std::string& word : completions(app, {words.begin() + 1, words.end()})) fmt::print("{}\n", word);
  return 0;
}

int run(const std::vector<std::string>& arguments) {
  CLI::App app(
      "Contrastive learning on the CPU: train an encoder with InfoNCE, SC-InfoNCE or a relative, and measure it.",
      "nce");
  app.formatter(std::make_shared<Help>());
  app.set_help_flag("-h,--help", "This text");
  app.set_version_flag(
      "--version", [] { return fmt::format("nce {} ({}; {})", NCE_VERSION, kernels_in_use(), NCE_BUILD); },
      "The version, the kernels that this machine gets, and how the program was built");
  app.footer(
      "Begin with the built-in images:\n"
      "  nce train --out runs/first\n"
      "  nce eval --run runs/first\n"
      "Exit codes: 0; 2 where the command line or a configuration is wrong; 1 for other failures, and where not all could be done; "
      "128 and the signal's number after Ctrl-C. NO_COLOR=1 turns colours off.\n"
      "`source <(nce completion bash)` lets bash complete commands, options and names.\n"
      "`nce COMMAND --help` lists the options of a command.");

  int threads = 0;
  Runs runs;
  declare(app, kCommands, threads, runs);
  if (!arguments.empty() && arguments[0] == "completion")
    return complete(app, {arguments.begin() + 1, arguments.end()});
  const Named named = named_by(arguments);
  if (!named.below.empty()) {
    if (arguments.size() == named.words) {
      const CLI::App* above = named.words == 0 ? &app : app.get_subcommand(named.name);
      std::fputs(above->help(named.words == 0 ? "" : "nce").c_str(), stderr);
      return 2;
    }
    if (const std::string& next = arguments[named.words]; !next.starts_with('-'))
      throw UsageError(fmt::format("there is no command '{}{}{}'; {}", named.name, named.words ? " " : "", next,
                                   offer(next, names_of(named.below))));
  }
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the back
  } catch (const CLI::Success& wanted) {                                        // --help, --help-all, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) { refuse(app, error, arguments); }
  for (const auto& [command, run] : runs)
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
    const Named named = named_by(arguments);
    complain(Tone::error, fmt::format("{}\n`nce {}{}--help` lists the {}.", error.what(), named.name,
                                      named.words ? " " : "", named.below.empty() ? "options" : "commands"));
    return 2;
  } catch (const std::exception& error) {
    complain(Tone::error, error.what());
    return 1;
  }
}

}  // namespace nce::cli
