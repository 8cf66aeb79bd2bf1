#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nce/losses/catalogue.h"
#include "support/paths.h"
#include "support/process.h"

using namespace nce::test;
using nlohmann::json;

TEST_CASE("check-loss says line by line that a loss is right and what kind of loss it is") {
  const Result result = run_nce({"check-loss", "info_nce"});
  CAPTURE(result.err);
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("info_nce: all 10 checks hold\n"));
  CHECK(result.out.find("\n  holds  gradient ") != std::string::npos);
  CHECK(result.out.find("\n         collapsed           log N           2.079 for 8 pairs, all rows the same\n") !=
        std::string::npos);
}

TEST_CASE("check-loss gives one JSON object, and takes the temperature") {
  const auto value = [](const char* temperature) {
    const Result result = run_nce({"check-loss", "nt_xent", "--json", "--temperature", temperature});
    CHECK(result.code == 0);
    const json report = json::parse(result.out);
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
  const Result result = run_nce({"check-loss", "sc_info_nce", "--delta", "1.5", "--positive-weight", "published"});
  CAPTURE(result.out);
  CHECK(result.code == 0);
  CHECK(result.out.find("\n         gradient            stopped         ") != std::string::npos);
}

TEST_CASE("check-loss --all is a Markdown table of every loss, all of them right") {
  const Result result = run_nce({"check-loss", "--all"});
  CAPTURE(result.out);
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("| loss | checks | "));
  for (const auto& known : nce::losses::known_losses())
    CHECK(result.out.find("\n| " + known.name + " | all hold | ") != std::string::npos);
  CHECK(result.out.find("FAILS") == std::string::npos);
}

TEST_CASE("the table in losses/README.md is what check-loss --all prints, but for the last digits of errors") {
  // Rows of the table without the third and the fourth cell, which depend on the instruction set.
  const auto rows_of = [](const std::string& text) {
    std::istringstream lines(text.substr(text.find("| loss | checks | ")));
    std::vector<std::string> rows;
    for (std::string line; std::getline(lines, line) && line.starts_with("|");) {
      std::istringstream cells(line);
      std::string cell, row;
      for (int i = 0; std::getline(cells, cell, '|'); ++i)
        if (i != 3 && i != 4) row += cell + "|";
      rows.push_back(row);
    }
    return rows;
  };
  const auto printed = rows_of(run_nce({"check-loss", "--all"}).out);
  const auto written = rows_of(read_file(nce::test::source_file("losses/README.md")));
  REQUIRE(printed.size() == written.size());
  for (size_t i = 0; i < printed.size(); ++i) CHECK(printed[i] == written[i]);
}

TEST_CASE("check-loss ends with exit code 1 where a check fails, and names it") {
  // Similarities over so low a temperature are too large for f32.
  const Result result = run_nce({"check-loss", "info_nce", "--temperature", "1e-40"});
  CAPTURE(result.out);
  CHECK(result.code == 1);
  CHECK(result.out.starts_with("info_nce: FAILS: call\n"));
  CHECK(result.out.find("is not finite for random views at temperature 1e-40\n") != std::string::npos);
}

TEST_CASE("a loss of one's own is checked like ours") {
  const Result result = Process({NCE_OWN_LOSS, "check-loss", "my_loss"}).wait();
  CAPTURE(result.out);
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("my_loss: all 10 checks hold\n"));
}

TEST_CASE("check-loss refuses what it cannot check") {
  const auto refused = [](const std::vector<std::string>& arguments, const std::string& text) {
    const Result result = run_nce(arguments);
    CAPTURE(result.err);
    CHECK(result.code == 2);
    CHECK(result.err.find(text) != std::string::npos);
    CHECK(result.out.empty());
  };
  refused({"check-loss"}, "check-loss: either the NAME of a loss or --all; there are ");
  refused({"check-loss", "info_nce", "--all"}, "check-loss: either the NAME of a loss or --all; there are ");
  refused({"check-loss", "infonce"}, "there is no loss 'infonce' here; there are ");
  refused({"check-loss", "info_nce", "--delta", "1"}, "--delta is an option of sc_info_nce, not of info_nce");
  refused({"check-loss", "info_nce", "--temperature", "0"}, "--temperature: must be above 0, got 0");
}
