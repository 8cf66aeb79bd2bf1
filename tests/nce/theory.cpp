#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "support/runs.h"

using namespace nce::test;
using doctest::Approx;

namespace {

json theory_json(const std::string& options) { return json::parse(succeed("theory --json " + options).out); }

std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) {
    rows.emplace_back(1);
    bool quoted = false;
    for (const char c : line) {
      if (c == '"')
        quoted = !quoted;
      else if (c == ',' && !quoted)
        rows.back().emplace_back();
      else
        rows.back().back() += c;
    }
    REQUIRE(rows.back().size() == rows.front().size());
  }
  return rows;
}

// Every element of an XML document is closed where it should be, attributes are quoted, and nothing is left unescaped.
// Gives how often each element occurs.
std::map<std::string, int> elements_of(const std::string& xml) {
  std::map<std::string, int> count;
  std::vector<std::string> open;
  for (size_t at = 0; at < xml.size();) {
    if (xml[at] == '&') REQUIRE(xml.substr(at, 6).find(';') != std::string::npos);
    REQUIRE(xml[at] != '>');
    if (xml[at++] != '<') continue;
    const size_t end = xml.find('>', at);
    REQUIRE(end != std::string::npos);
    const std::string tag = xml.substr(at, end - at);
    at = end + 1;
    const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
    if (tag[0] == '/') {
      REQUIRE(!open.empty());
      REQUIRE(open.back() == tag.substr(1));
      open.pop_back();
      continue;
    }
    CHECK(std::count(tag.begin(), tag.end(), '"') % 2 == 0);
    CHECK(tag.find('<') == std::string::npos);
    ++count[name];
    if (tag.back() != '/') open.push_back(name);
  }
  CHECK(open.empty());
  return count;
}

}  // namespace

TEST_CASE("nce theory: free logits reach the targets that theory says they can, and drift at its rate elsewhere") {
  const json all = theory_json("--batch 10,1000");
  CHECK(all["c1_over_c2"][0][2].get<double>() == Approx(0.8666667));
  std::map<std::string, int> outcomes;
  std::map<int, double> of_positives;
  for (const json& row : all["free_logits"]) {
    const std::string loss = row["loss"], outcome = row["outcome"];
    CAPTURE(loss);
    ++outcomes[outcome];
    CHECK(row["settled"].get<bool>() == (outcome != "has none"));
    if (outcome == "reached" || outcome == "as B grows") CHECK(row["deviation"].get<double>() < 1e-6);
    if (outcome == "reached") CHECK(row["positive_deviation"].get<double>() < 1e-6);
    if (outcome.starts_with("drifts")) {
      CHECK(row["drift"].get<double>() == Approx(row["drift_predicted"].get<double>()).epsilon(1e-6));
      CHECK(row["deviation"].get<double>() > 1e-4);
    }
    if (loss == "info_nce") of_positives[row["batch"]] = row["positive_deviation"];
    if (loss.starts_with("sc_info_nce (delta 1, gamma -0.2, negatives, exact"))
      CHECK(row["drift"].get<double>() == Approx(0.2));
  }
  CHECK(outcomes["reached"] > 10);
  CHECK(outcomes["drifts up"] > 10);
  CHECK(outcomes["drifts down"] > 5);
  CHECK(outcomes["has none"] == 1);
  CHECK(of_positives[10] == Approx(0.0158).epsilon(0.01));  // of the order 1/B
  CHECK(of_positives[10] / of_positives[1000] == Approx(80).epsilon(0.05));
  // Of the two positive weights, `exact` has the paper's stated target.
  CHECK(all["distance_from_stated_target"].size() == 6);
  for (const json& c : all["distance_from_stated_target"]) {
    CHECK(c["delta"].get<double>() - c["gamma"].get<double>() == Approx(1));
    CHECK(c["exact"].get<double>() < 1e-6);
    CHECK(c["published"].get<double>() * (c["batch"].get<double>() - 1) == Approx(0.45).epsilon(0.3));
  }
}

TEST_CASE("nce theory takes a grid of delta and gamma and a model from a file, and writes its table") {
  TemporaryFolder folder;
  const std::string two =
      folder.write("two.json", R"({"P": [0.5, 0.5], "A": [[0.9, 0.1], [0.1, 0.9]], "names": ["a, b", "<c>"]})");
  const std::string grid = "theory --loss sc_info_nce --delta 0.5 2 --gamma 0 1 -0.5 --batch 50 --model ";
  const Result result = succeed(grid + two + " --out " + folder / "out");
  CHECK(holds(result.out, "1.6400"));  // c1/c2 = 0.41 / 0.25
  CHECK(holds(result.out, "drifts down"));
  CHECK(holds(result.out, "delta - gamma = 2, not 1"));
  const auto rows = read_csv(folder / "out" / "free_logits.csv");
  CHECK(rows.size() == 1 + 4 * 6);
  CHECK(rows[0][0] == "loss");

  // Alone, delta stands for the line.
  const json line = theory_json("--loss sc_info_nce --delta 1.25 --batch 20");
  for (const json& row : line["free_logits"]) CHECK(row["gamma"].get<double>() == 0.25);
}

TEST_CASE("nce theory --synthetic lays a trained encoder beside its target, in figures, files and pictures") {
  TemporaryFolder folder;
  const auto out = folder / "out";
  const json all = theory_json(
      "--synthetic --loss dcl,sc_info_nce,spectral_contrastive --delta 1 --gamma -0.2 --epochs 20 "
      "--samples 2000 --batch 500 --out " +
      out);
  std::map<std::string, json> by_name;
  for (const json& row : all["losses"]) by_name[row["loss"]] = row;
  REQUIRE(by_name.size() == 8);  // dcl and sc_info_nce in three ways, spectral in two

  // On the paper's example s_ii = 1/temperature for all states costs 4.1 %; the encoder is near what vectors can do.
  const json& dcl = by_name["dcl"];
  const auto deviation = [](const json& row, const char* rung) {
    return row[rung]["largest_relative_deviation"].get<double>();
  };
  CHECK(deviation(dcl, "free_logits") < 1e-6);
  CHECK(deviation(dcl, "bounded_cosines") < 1e-4);
  CHECK(deviation(dcl, "equal_diagonal") == Approx(0.0409).epsilon(0.01));
  CHECK(deviation(dcl, "unit_vectors") == Approx(0.0409).epsilon(0.01));
  CHECK(deviation(dcl, "encoder") < 0.1);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      CHECK(dcl["encoder"]["matrix"][i][j].get<double>() ==
            Approx(dcl["unit_vectors"]["matrix"][i][j].get<double>()).epsilon(0.05));
  CHECK(dcl["text"].get<std::string>().find("s_ii is the same for every state (1/temperature = 2)") !=
        std::string::npos);
  // Free lengths have no such bound.
  CHECK(deviation(by_name["spectral_contrastive, free lengths"], "unit_vectors") < 1e-3);
  CHECK(deviation(by_name["spectral_contrastive"], "unit_vectors") > 0.05);
  // delta - gamma = 1.2, and every pair's target is above chance.
  const json& off = by_name["sc_info_nce (1, -0.2)"];
  CHECK(deviation(off, "unit_vectors") == Approx(0.297).epsilon(0.01));
  CHECK(off["text"].get<std::string>().find("collapsed to one point") != std::string::npos);

  const auto matrices = read_csv(out / "matrices.csv");
  CHECK(matrices.size() == 1 + 8 * 9);
  CHECK(read_csv(out / "course.csv").size() == 1 + 8 * 9 * 21);
  for (const char* name :
       {"dcl.svg", "sc_info_nce_1_-0.2.svg", "sc_info_nce_1_-0.2_published.svg", "sc_info_nce_1_-0.2_all.svg",
        "spectral_contrastive.svg", "spectral_contrastive_free_lengths.svg"}) {
    CAPTURE(name);
    auto elements = elements_of(read_file(out / name));
    CHECK(elements["svg"] == 1);
    CHECK(elements["polyline"] == 6);  // a pair of states each
    CHECK(elements["rect"] > 3 * 9);   // target, vectors, encoder
    CHECK(elements["text"] > 3 * 9 + 6);
  }
}

TEST_CASE("nce theory --synthetic has the same bits for any number of threads, and others for another seed") {
  TemporaryFolder folder;
  const auto run = [&](const std::string& name, const std::string& options) {
    succeed("theory --synthetic --loss info_nce,sig_lip --epochs 4 --samples 600 --batch 300 " + options +
            " --out " + folder / name);
    return read_file(folder / name / "matrices.csv") + read_file(folder / name / "course.csv") +
           read_file(folder / name / "sig_lip.svg");
  };
  const std::string one = run("a", "--threads 1");
  CHECK(one == run("b", "--threads 3"));
  CHECK(one != run("c", "--seed 2"));
}

TEST_CASE("nce theory --synthetic, interrupted, leaves no half-written file") {
  TemporaryFolder folder;
  const auto out = folder / "out";
  Process process(
      words("theory --synthetic --loss info_nce --epochs 100000 --samples 200 --batch 100 --out " + out));
  REQUIRE(eventually([&] { return std::filesystem::exists(out); }));
  process.kill(SIGINT);
  const Result result = process.wait();
  CHECK(result.code == 130);
  CHECK(holds(result.err, "interrupted in the first loss; nothing was written"));
  CHECK(std::filesystem::is_empty(out));
}

TEST_CASE(
    "nce theory --run measures a trained run between its labels, and between clusters that views move between") {
  TemporaryFolder folder;
  const std::string run = (folder / "run").string();
  succeed("train --limit 512 --batch 64 --width 8 --epochs 2 --loss sc_info_nce --delta 1.2 --out " + run);
  const json labels = theory_json("--run " + run + " --pairs 1000 --out " + folder / "labels");
  CHECK(labels["loss"] == "sc_info_nce (delta 1.2, gamma 0.2, negatives, exact)");
  CHECK(labels["pairs"] == 1024);  // whole batches
  double sum = 0;
  for (int i = 0; i < 10; ++i)
    for (int j = 0; j < 10; ++j) {
      CHECK((labels["c1"][i][j].get<double>() > 0) == (i == j));
      sum += labels["pi"][i].get<double>() * labels["pi"][j].get<double>() * labels["measured"][i][j].get<double>();
      CHECK(labels["measured_error"][i][j].get<double>() > 0);
    }
  CHECK(sum == Approx(1).epsilon(0.02));  // the softmax over the negatives of an anchor
  CHECK(read_csv(folder / "labels" / "states.csv").size() == 101);
  CHECK(elements_of(read_file(folder / "labels" / "states.svg"))["rect"] > 200);

  const auto clusters = [&](const char* threads) {
    return theory_json("--run " + run + " --pairs 1000 --states kmeans:4 --threads " + threads);
  };
  const json four = clusters("1");
  CHECK(four == clusters("2"));
  CHECK(four["c1"].size() == 4);
  double moved = 0;
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j)
      if (i != j) moved += four["c1"][i][j].get<double>();
  CHECK(moved > 0.01);
  CHECK(moved < 0.75);

  const Result table = run_line("theory --run " + run + " --pairs 500");
  CHECK(holds(table.out, "A view keeps its label, so that c1 is diagonal"));
  std::filesystem::remove(folder / "run" / "state.safetensors");
  const Result headless = run_line("theory --run " + run);
  CHECK(headless.code == 1);
  CHECK(holds(headless.err, "state.safetensors: is not there: the projection head"));
}

TEST_CASE("nce theory says what it cannot do") {
  TemporaryFolder folder;
  const auto refused = [](const std::string& options, const std::string& text, int code = 2) {
    check_refused("theory " + options, code, text);
  };
  refused("--loss triplet", "--loss: there is no 'triplet' here; there are nt_xent, info_nce, sc_info_nce, dcl, ");
  refused("--synthetic --run x", "--synthetic and --run exclude each other");
  refused("--epochs 3", "--epochs has an effect with --synthetic only: add it");
  refused("--synthetic --pairs 3", "--pairs has an effect with --run only: say which run");
  refused("--run x --delta 3", "--delta has no effect with --run: a run has its own; leave it out");
  refused("--batch 1", "--batch 1: must be within 2 .. 1000000000000");
  refused("--batch 9223372036854775807", "--batch 9223372036854775807: must be within 2 .. 1000000000000");
  refused("--delta nan", "--delta nan: must be within -1000000 .. 1000000");
  refused("--gamma 1e7", "--gamma 10000000: must be within -1000000 .. 1000000");
  refused("--synthetic --batch 10,20", "--batch: the synthetic experiment takes one size");
  refused("--synthetic --batch 5000", "--batch 5000: must not be above --samples");
  refused("--synthetic --samples 9223372036854775807", "--samples 9223372036854775807: must be within 2");
  refused("--synthetic --dim 0", "--dim 0: must be within 1 .. 65536");
  refused("--synthetic --temperature 0", "--temperature 0: must be above 0");
  refused("--synthetic --noise -1", "--noise -1: must be at least 0");
  refused("--run " + folder / "none", "there is no run in");
  refused("--run x --states kmeans:1", "--states kmeans:1: must be labels, or kmeans:K with K of 2 or more");
  refused("--run x --states kmeans:many", "--states kmeans:many: must be labels");
  refused("--out /proc/nce", "/proc/nce cannot be made", 1);

  const std::string file = (folder / "model.json").string();
  const auto model = [&](const std::string& json, const std::string& text) {
    folder.write("model.json", json);
    refused("--model " + file, file + ": " + text);
  };
  refused("--model " + folder / "none.json", "none.json: cannot be opened");
  refused("--model " + folder.path(), "is a folder, not a file");
  model(R"({"P": [1e400], "A": [[1]]})", "not JSON: number overflow parsing '1e400'");
  model(R"({"P": [], "A": []})", "P: at least one state is needed");
  model("{\"P\": [0.5,\n 0.5], \"A\": oops}", "not JSON: at line 2, column 13");
  model("[1]", "must hold a JSON object with \"P\" and \"A\"");
  model(R"({"A": [[1]]})", "\"P\" is missing");
  model(R"({"P": [1], "A": [[1]], "B": 0})", "unknown key \"B\"; there are \"P\", \"A\" and \"names\"");
  model(R"({"P": [0.5, 0.4], "A": [[1, 0], [0, 1]]})", "P: sums to 0.9, must sum to 1");
  model(R"({"P": [0.5, 0.5], "A": [[1, 0]]})", "A: must be 2 rows, one for each of the 2 states of P");
  model(R"({"P": [0.5, 0.5], "A": [[1, 0], [1]]})", "A, row 2: has 1 numbers, must have 2");
  model(R"({"P": [0.5, 0.5], "A": [[1, 0], [0.3, 0.3]]})", "A, row 2: sums to 0.6, must sum to 1");
  model(R"({"P": [0.5, 0.5], "A": [[1, 0], [1.5, -0.5]]})", "A, row 2: -0.5 is negative");
  model(R"({"P": [0.5, 0.5], "A": [["a", 0], [0, 1]]})", "A, row 1: \"a\" is not a number");
  model(R"({"P": [0.5, 0.5], "A": [[1, 0], [1, 0]]})", "A, column 2: no view is ever in this state");
  model(R"({"P": [1], "A": [[1]], "names": [1]})", "names: 1 is not a string");
  model(R"({"P": [1], "A": [[1]], "names": ["a\nb"]})", R"(names: "a\nb" cannot be printed in a table)");
  model(R"({"P": [0.5, 0.5], "A": [[1, 0], [0, 1]], "names": ["a", "a"]})", "names: \"a\" stands for two states");
}
