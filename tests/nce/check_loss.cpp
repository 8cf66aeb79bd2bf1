#include <cmath>

#include "nce/losses/catalogue.h"
#include "support/runs.h"

using namespace nce::test;

TEST_CASE("check-loss says line by line that a loss is right and what kind of loss it is") {
  const std::string out = succeed("check-loss info_nce").out;
  CHECK(out.starts_with("info_nce: all 10 checks hold\n"));
  CHECK(holds(out, "\n  holds  gradient "));
  CHECK(holds(out, "\n         collapsed           log N           2.079 for 8 pairs, all rows the same\n"));
}

TEST_CASE("check-loss gives one JSON object, and takes the temperature") {
  const auto value = [](const std::string& temperature) {
    const json report = json::parse(succeed("check-loss nt_xent --json --temperature " + temperature).out);
    CHECK(report["loss"] == "nt_xent");
    CHECK(report["ok"] == true);
    for (const json& finding : report["findings"])
      if (finding["name"] == "aligned") {
        CHECK(finding["verdict"] == "property");
        return finding["measured"].get<double>();
      }
    FAIL("no value for aligned views");
    return 0.0;
  };
  // log(1 + (2N - 2) exp(-1 / temperature)), N = 8
  CHECK(value("0.5") == doctest::Approx(std::log1p(14 * std::exp(-2))));
  CHECK(value("1") == doctest::Approx(std::log1p(14 * std::exp(-1))));
}

TEST_CASE("check-loss takes the options of a loss, and knows which of ours stop gradients on purpose") {
  CHECK(holds(succeed("check-loss sc_info_nce --delta 1.5 --positive-weight published").out,
              "\n         gradient            stopped         "));
}

TEST_CASE("check-loss gives a loss as many views as it needs, or as many as it is told to") {
  CHECK(
      holds(succeed("check-loss is_info_nce").out, "gradient reaches    all             all views get a gradient"));
  // log(4N - 1), N = 8
  CHECK(holds(succeed("check-loss nt_xent --num-views 4").out, "collapsed           3.434 "));
  check_refused("check-loss is_info_nce --num-views 2", 2,
                "--num-views 2: is_info_nce takes 3 views of each sample");
  check_refused("check-loss --all --num-views 3", 2, "--num-views goes with the NAME of a loss, not with --all");
}

// tests/losses/readme.py compares all of it with losses/README.md.
TEST_CASE("check-loss --all is a table in which all holds for every loss") {
  const std::string out = succeed("check-loss --all").out;
  CHECK(out.starts_with("| loss | checks | "));
  for (const auto& known : nce::losses::known_losses()) CHECK(holds(out, "\n| " + known.name + " | all hold | "));
  CHECK(!holds(out, "FAILS"));
}

TEST_CASE("check-loss ends with exit code 1 where a check fails, and names it") {
  // Similarities over so low a temperature are too large for f32.
  const Result result = run_line("check-loss info_nce --temperature 1e-40");
  CAPTURE(result.out);
  CHECK(result.code == 1);
  CHECK(result.out.starts_with("info_nce: FAILS: call\n"));
  CHECK(holds(result.out, "is not finite for random views at temperature 1e-40\n"));
}

TEST_CASE("check-loss refuses what it cannot check") {
  const std::string either = "check-loss: either the NAME of a loss or --all; there are ";
  const std::pair<std::string, std::string> cases[] = {
      {"", either},
      {" info_nce --all", either},
      {" infonce", "there is no loss 'infonce' here; did you mean info_nce? There are "},
      {" info_nce --delta 1", "--delta is an option of sc_info_nce, not of info_nce"},
      {" info_nce --temperature 0", "--temperature: must be above 0, got 0"}};
  for (const auto& [options, text] : cases) {
    check_refused("check-loss" + options, 2, text);
    CHECK(run_line("check-loss" + options).out.empty());
  }
}
