// Words of a command line, one a line.
#include "arguments.h"

#include "nce/data/views/names.h"
#include "support/fuzz.h"
#include "usage.h"

using namespace nce::test;

namespace {

// A program with a command, and options of every kind that nce has.
struct Program {
  CLI::App app{"", "nce"};
  int64_t whole = 0;
  uint64_t seed = 0;
  double number = 0;
  bool flag = false;
  std::vector<double> list;
  std::string text, chosen;
  Program() {
    using namespace nce::cli;
    app.require_subcommand(1);
    CLI::App* command = app.add_subcommand("train", "");
    command->add_option("--whole", whole, "whole number");
    command->add_option("--seed", seed, "")->required();
    command->add_option("--number", number, "")->check(within({.above = 0, .most = 2}));
    command->add_option("--list", list, "")->delimiter(',');
    command->add_option("--text", text, "");
    command->add_option("--chosen", chosen, "")->check(one_of({"crop", "squash"}));
    command->add_flag("--flag", flag, "");
  }
};

}  // namespace

NCE_FUZZ("arguments", text) {
  static Program program;
  std::vector<std::string> words;
  for (const std::string_view word : nce::data::split(text, '\n')) words.emplace_back(word);
  try {
    try {
      program.app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::Success&) { return; } catch (const CLI::ParseError& error) {
      nce::cli::refuse(program.app, error, words);
    }
    nce::cli::check_values(*program.app.get_subcommand("train"));
    sound(program.number == 0 || (program.number > 0 && program.number <= 2));
  } catch (const nce::cli::UsageError& error) { sound(error.what()[0] != '\0'); }
}
