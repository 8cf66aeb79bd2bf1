// What the program says of itself: --help, --version, and what a terminal shows.
#include <sstream>

#include "nce/core/blas.h"
#include "support/runs.h"
#include "terminal.h"

using namespace nce;
using namespace nce::test;

namespace {

size_t longest_line(const std::string& text) {
  size_t most = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) most = std::max(most, cli::columns_of(line));
  return most;
}

// With a terminal of so many columns as all three streams: script(1) makes one.
std::string on_terminal(int columns, const std::string& command, const std::string& before = "") {
  TemporaryFolder folder;
  Process(in_shell(before + " SHELL=/bin/sh script -qec \"stty cols " + std::to_string(columns) + "; exec $NCE " +
                   command + "\" /dev/null > " + folder / "shown" + " 2>&1 < /dev/null"))
      .wait();
  return read_file(folder / "shown");
}

}  // namespace

TEST_CASE("help tells the options of what the command line chooses, names the others, and fits 80 columns") {
  const std::string help = succeed("train --help").out;
  CHECK(longest_line(help) <= 80);
  CHECK(holds(help, "\n  --temperature N          temperature of the similarities [0.2]\n"));
  CHECK(holds(help, "\n  --lr N                   learning rate [0.002]\n"));
  CHECK(holds(help, "\n  with another --optimizer: --momentum, --nesterov, "));
  CHECK(!holds(help, "scale of the target"));
  const std::string other = succeed("train --loss sc_info_nce --batch 512 --optimizer lars --help").out;
  CHECK(holds(other, "\n  --delta N                scale of the target [1]\n"));
  CHECK(holds(other, "[sc_info_nce]"));
  CHECK(holds(other, "\n  --lr N                   learning rate [0.6]\n"));  // in proportion to the batch
  const std::string wrong = succeed("train --loss infonce --help").out;
  CHECK(holds(wrong, "temperature of the similarities [0.2]"));
  const std::string all = succeed("train --help-all").out;
  CHECK(holds(all, "\n  sc_info_nce:\n  --delta N                scale of the target [1]\n"));
  CHECK(holds(all, "\n  blur:\n  --blur N                 probability of a Gaussian blur [0.5]\n"));
  CHECK(longest_line(all) <= 80);
  CHECK(holds(help, " options more, told by --help-all\n"));
  CHECK(!holds(help, "--rand-from"));
  CHECK(holds(help, "\n                             none: the images as they are\n"));
  CHECK(holds(succeed("check-loss gkcl --help").out, "c of the kernel imq [2]; with --kernel imq"));
  CHECK(!holds(succeed("check-loss --help").out, "c of the kernel imq"));
  for (const char* command : {"", "eval ", "embed ", "report ", "theory ", "check-loss ", "playground ", "data ",
                              "data list ", "data check ", "data show ", "data fetch "})
    CHECK_MESSAGE(longest_line(succeed(command + std::string("--help")).out) <= 80, command);
}

TEST_CASE("--version names the version, the kernels and the build") {
  const std::string line = succeed("--version").out;
  CHECK(line.starts_with("nce 0."));
  CHECK(holds(line, kernels_in_use()));
  CHECK((holds(line, "; Release, ") || holds(line, "; Debug, ") || holds(line, "; RelWithDebInfo, ")));
}

TEST_CASE("bash completes commands, options and names, as far as they are known") {
  const auto complete = [](const std::string& words) { return succeed("completion words " + words).out; };
  CHECK(complete("tr") == "train\n");
  CHECK(complete("data sh") == "show\n");
  CHECK(complete("train --temp") == "--temperature\n");
  CHECK(complete("train --loss sc_") == "sc_info_nce\n");
  CHECK(complete("train --views crop,fl") == "crop,flip\n");
  CHECK(complete("train --keep b") == "best\n");
  CHECK(complete("eval --split v") == "validation\n");
  CHECK(complete("train --out ru").empty());  // a file
  CHECK(complete("nothing --th").empty());
  const std::string asked =
      "source <($NCE completion bash); COMP_WORDS=($NCE train --encoder resnet1); COMP_CWORD=3; _nce; "
      "echo ${COMPREPLY[@]}";
  CHECK(Process({"/bin/bash", "-c", "NCE=" NCE_PROGRAM "; " + asked}).wait().out == "resnet18\n");
  check_refused("completion", 2, "completion: say for which shell: nce completion bash");
}

TEST_CASE("lines are broken between words, and count characters") {
  CHECK(cli::wrapped("one two  three", 2, 8) == "one two\n  three");
  CHECK(cli::wrapped("a long-long-word b", 1, 6) == "a\n long-long-word\n b");
  CHECK(cli::wrapped("  ± ± ±\nx  y", 0, 7) == "  ± ± ±\nx  y");
  CHECK(cli::wrapped("", 2, 8).empty());
}

TEST_CASE("a terminal gets wrapped and coloured messages, a pipe whole lines without colours" *
          doctest::skip(std::system("script --version > /dev/null 2>&1") != 0)) {
  const std::string wrong = "train --loss infonce --out x", red = "\x1b[31m";
  const Result piped = run_line(wrong);
  CHECK(longest_line(piped.err) > 200);
  CHECK(!holds(piped.err, "\x1b"));
  const std::string shown = on_terminal(70, wrong, "TERM=xterm");
  CAPTURE(shown);
  CHECK(holds(shown, "\x1b["));
  CHECK(holds(shown, "31m"));
  CHECK(longest_line(shown) <= 70 + 20);  // and the colour's own characters
  for (const char* plain : {"TERM=dumb", "TERM=xterm NO_COLOR=1"}) {
    const std::string text = on_terminal(70, wrong, plain);
    CHECK_MESSAGE(!holds(text, "\x1b"), plain);
    CHECK_MESSAGE(holds(text, "nce: --loss: there is no loss 'infonce' here; did you mean"), plain);
    CHECK(longest_line(text) <= 71);  // a terminal ends lines by \r\n
  }
}
