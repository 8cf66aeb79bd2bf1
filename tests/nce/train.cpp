#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "support/process.h"

using namespace nce::test;
using nlohmann::json;

namespace {

// A run of a few seconds at most: 8 steps an epoch.
std::vector<std::string> short_run(const std::filesystem::path& out, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"train",   "--data", "glyphs",   "--limit", "512",   "--batch",   "64",
                                     "--width", "8",      "--epochs", "2",       "--out", out.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::vector<json> log_of(const std::filesystem::path& run) {
  std::vector<json> lines;
  std::istringstream text(read_file(run / "log.jsonl"));
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

// Everything in the log but what the clock decides.
std::vector<json> facts_of(const std::filesystem::path& run) {
  std::vector<json> lines;
  for (json line : log_of(run)) {
    if (line["event"] != "step" && line["event"] != "epoch") continue;
    line.erase("seconds"), line.erase("views_per_second");
    lines.push_back(line);
  }
  return lines;
}

void check_same_bits(const std::filesystem::path& a, const std::filesystem::path& b) {
  for (const char* name : {"checkpoint.safetensors", "state.safetensors"}) {
    CAPTURE(name);
    CHECK(read_file(a / name) == read_file(b / name));
  }
  CHECK(facts_of(a) == facts_of(b));
}

}  // namespace

TEST_CASE("a run leaves its configuration, its log and its checkpoint, and the configuration alone repeats it") {
  TemporaryFolder folder;
  const auto a = folder / "a", b = folder / "b";
  const Result first = run_nce(short_run(a, {"--loss", "sc_info_nce", "--delta", "1.2", "--log-every", "1"}));
  CAPTURE(first.err);
  REQUIRE(first.code == 0);
  CHECK(first.err.empty());
  CHECK(first.out.find("epoch 2/2") != std::string::npos);

  const std::vector<json> log = log_of(a);
  REQUIRE(log.size() == 1 + 16 + 2);
  CHECK(log[1]["event"] == "step");
  CHECK(log[18]["event"] == "epoch");
  CHECK(log[18]["loss"].get<double>() < log[9]["loss"].get<double>());
  CHECK(log[18]["knn"].get<double>() > 0.2);

  const Result again = run_nce({"train", "--config", (a / "config.toml").string(), "--out", b.string()});
  CAPTURE(again.err);
  REQUIRE(again.code == 0);
  check_same_bits(a, b);
  CHECK(read_file(a / "config.toml") == read_file(b / "config.toml"));
}

TEST_CASE("a step's line tells how the embeddings do") {
  TemporaryFolder folder;
  const Result result = run_nce(short_run(folder / "run", {"--log-every", "4"}));
  REQUIRE(result.code == 0);
  int steps = 0;
  for (const json& line : log_of(folder / "run")) {
    if (line["event"] != "step") continue;
    ++steps;
    const double positive = line["positive"], rank = line["effective_rank"], uniformity = line["uniformity"];
    CHECK(positive > 1.0 / 64);
    CHECK(positive < 1);
    CHECK(line["target_by_label"].get<double>() == doctest::Approx(1 / (1 + 63 * 0.1)).epsilon(0.02));
    CHECK(line["alignment"].get<double>() > 0);
    CHECK(uniformity < -0.1);
    CHECK(uniformity > -4);
    CHECK(rank > 2);
    CHECK(rank < 128);
  }
  CHECK(steps == 4);
  CHECK(result.out.find("p+ is the mean probability of the positive; (0.14): its target if views told") !=
        std::string::npos);
  CHECK(result.out.find("warning") == std::string::npos);
}

TEST_CASE("how often a run is logged does not change what it learns") {
  TemporaryFolder folder;
  REQUIRE(run_nce(short_run(folder / "often", {"--log-every", "1"})).code == 0);
  REQUIRE(run_nce(short_run(folder / "never", {"--log-every", "1000"})).code == 0);
  CHECK(read_file(folder / "often" / "checkpoint.safetensors") ==
        read_file(folder / "never" / "checkpoint.safetensors"));
}

TEST_CASE("a run whose embeddings collapse says so once") {
  TemporaryFolder folder;
  // So large a delta leaves the negatives no weight: all is drawn together.
  const Result result =
      run_nce({"train",    "--limit", "512",    "--batch",     "64",      "--width", "8",
               "--epochs", "4",       "--loss", "sc_info_nce", "--delta", "100",     "--gamma",
               "0",        "--lr",    "0.01",   "--log-every", "1",       "--out",   (folder / "run").string()});
  REQUIRE(result.code == 0);
  const size_t first = result.out.find("the embeddings have collapsed nearly to one point");
  REQUIRE(first != std::string::npos);
  CHECK(result.out.find("the embeddings have collapsed", first + 1) == std::string::npos);
  int told = 0;
  for (const json& line : log_of(folder / "run")) told += line["event"] == "collapse" ? 1 : 0;
  CHECK(told == 1);
  CHECK(log_of(folder / "run").back()["event"] == "epoch");
}

TEST_CASE("sc_info_nce off the line delta - gamma = 1 is told where it drifts, on it nothing") {
  TemporaryFolder folder;
  const auto told = [&](const char* name, const char* delta, const char* gamma) {
    const Result result =
        run_nce({"train", "--limit", "64", "--batch", "64", "--width", "8", "--epochs", "1", "--loss",
                 "sc_info_nce", "--delta", delta, "--gamma", gamma, "--out", (folder / name).string()});
    CAPTURE(result.err);
    REQUIRE(result.code == 0);
    return result.out;
  };
  const std::string up = told("up", "1", "-0.2");
  CHECK(up.find("delta - gamma = 1.2, not 1") != std::string::npos);
  CHECK(up.find("drift up") != std::string::npos);
  CHECK(up.find("1/temperature") != std::string::npos);
  CHECK(told("down", "0.5", "-0.2").find("drift down") != std::string::npos);
  CHECK(told("on", "1.2", "0.2").find("drift") == std::string::npos);
}

TEST_CASE("a whole run has the same bits with 1, 2 and 4 threads, and others with another seed") {
  TemporaryFolder folder;
  for (const char* threads : {"1", "2", "4"})
    REQUIRE(run_nce(short_run(folder / threads, {"--threads", threads})).code == 0);
  check_same_bits(folder / "1", folder / "2");
  check_same_bits(folder / "1", folder / "4");
  REQUIRE(run_nce(short_run(folder / "other", {"--seed", "2"})).code == 0);
  CHECK(read_file(folder / "1" / "checkpoint.safetensors") !=
        read_file(folder / "other" / "checkpoint.safetensors"));
}

TEST_CASE("a run that was killed goes on to the same bits") {
  TemporaryFolder folder;
  const std::vector<std::string> often{"--checkpoint-every", "3", "--log-every", "1", "--threads", "1"};
  const auto whole = folder / "whole", killed = folder / "killed";
  REQUIRE(run_nce(short_run(whole, often)).code == 0);
  {
    Process process(nce_arguments(short_run(killed, often)));
    REQUIRE(eventually([&] { return std::filesystem::exists(killed / "state.safetensors"); }));
    process.kill(SIGKILL);
    REQUIRE(process.wait().code == -SIGKILL);
  }
  CHECK(read_file(killed / "state.safetensors") != read_file(whole / "state.safetensors"));
  const Result resumed = run_nce({"train", "--out", killed.string(), "--resume"});
  CAPTURE(resumed.err);
  REQUIRE(resumed.code == 0);
  CHECK(resumed.out.find("continued after step") != std::string::npos);
  check_same_bits(whole, killed);
}

TEST_CASE("Ctrl-C finishes the step, saves, and the run goes on to the same bits") {
  TemporaryFolder folder;
  const std::vector<std::string> often{"--log-every", "1", "--threads", "1"};
  const auto whole = folder / "whole", stopped = folder / "stopped";
  REQUIRE(run_nce(short_run(whole, often)).code == 0);
  Process process(nce_arguments(short_run(stopped, often)));
  REQUIRE(eventually([&] {
    return std::filesystem::exists(stopped / "log.jsonl") && read_file(stopped / "log.jsonl").size() > 400;
  }));
  process.kill(SIGINT);
  const Result result = process.wait();
  CHECK(result.code == 130);
  CHECK(result.out.find("interrupted after step") != std::string::npos);
  CHECK(result.out.find("--resume") != std::string::npos);
  REQUIRE(run_nce(short_run(stopped, {"--log-every", "1", "--resume"})).code == 0);
  check_same_bits(whole, stopped);
}

TEST_CASE("a run can be made longer, and what it was made with cannot be changed") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  REQUIRE(run_nce(short_run(run)).code == 0);
  const Result other = run_nce(short_run(run, {"--resume", "--temperature", "0.7"}));
  CHECK(other.code == 2);
  CHECK(other.err.find("--temperature 0.7 cannot change in a run that is continued") != std::string::npos);
  const Result longer = run_nce({"train", "--out", run.string(), "--resume", "--epochs", "3"});
  CHECK(longer.code == 0);
  CHECK(log_of(run).back()["epoch"] == 3);
}

TEST_CASE("eval prints accuracies beside those of raw pixels and of the encoder before training") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  REQUIRE(run_nce({"train", "--limit", "512", "--batch", "64", "--encoder", "mlp", "--epochs", "1", "--out",
                   run.string()})
              .code == 0);
  const Result result = run_nce({"eval", "--run", run.string(), "--json"});
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  const json scores = json::parse(result.out);
  for (const json& row : {scores, scores["raw_pixels"], scores["random_encoder"]})
    for (const char* name : {"knn", "knn_200", "linear"}) {
      CAPTURE(name);
      CHECK(row[name].get<double>() > 0.2);
      CHECK(row[name].get<double>() <= 1);
    }
  CHECK(scores["linear"] != scores["random_encoder"]["linear"]);
  const Result report = run_nce({"report", run.string()});
  CHECK(report.out.find("| glyphs | mlp, info_nce 0.2, 1 epoch | 1 |") != std::string::npos);
  CHECK(run_nce({"embed", "--run", run.string(), "--out", (folder / "x.npy").string()}).code == 0);
  CHECK(read_file(folder / "x.npy").find("'<f4', 'fortran_order': False, 'shape': (2000, 128)") !=
        std::string::npos);
  CHECK(read_file(folder / "x.labels.npy").size() == 128 + 4 * 2000);
  const Result table = run_nce({"eval", "--run", run.string(), "--no-baselines"});
  CHECK(table.out.find("info_nce") != std::string::npos);
  CHECK(table.out.find("raw pixels") == std::string::npos);
}

TEST_CASE("runs that differ in their seed, their log or their threads are one experiment, others are not") {
  TemporaryFolder folder;
  const auto measured = [&](const char* name, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"train",
                                       "--limit",
                                       "128",
                                       "--batch",
                                       "64",
                                       "--encoder",
                                       "mlp",
                                       "--width",
                                       "16",
                                       "--epochs",
                                       "1",
                                       "--out",
                                       (folder / name).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    REQUIRE(run_nce(arguments).code == 0);
    REQUIRE(run_nce({"eval", "--no-baselines", "--run", (folder / name).string()}).code == 0);
    return (folder / name).string();
  };
  const std::string a = measured("a", {}), b = measured("b", {"--seed", "2", "--log-every", "1", "--threads", "1"}),
                    c = measured("c", {"--temperature", "0.3"});
  const std::string table = run_nce({"report", a, b, c}).out;
  CAPTURE(table);
  CHECK(table.find("| glyphs | mlp (width 16), info_nce 0.2, 1 epoch | 2 | ") != std::string::npos);
  CHECK(table.find("| glyphs | mlp (width 16), info_nce 0.3, 1 epoch | 1 | ") != std::string::npos);
  CHECK(table.find(" ± ") != std::string::npos);
}

TEST_CASE("a loss of one's own trains like any other") {
  TemporaryFolder folder;
  std::vector<std::string> arguments = short_run(folder / "run", {"--loss", "my_loss"});
  CHECK(run_nce(arguments).code == 2);
  arguments.insert(arguments.begin(), NCE_OWN_LOSS);
  const Result result = Process(arguments).wait();
  CAPTURE(result.err);
  CHECK(result.code == 0);
  CHECK(log_of(folder / "run").back()["event"] == "epoch");
}

TEST_CASE("the page of MoCo refuses what is no number of epochs") {
  for (const char* epochs : {"0", "many"}) {
    const Result result = Process({NCE_MOCO, epochs}).wait();
    CHECK(result.code == 2);
    CHECK(result.err == "usage: moco [EPOCHS], a number of at least 1\n");
  }
}

TEST_CASE("the page of contrastive learning runs") {
  TemporaryFolder folder;
  CHECK(Process({NCE_SIMCLR}).wait().code == 2);
  CHECK(Process({NCE_SIMCLR, (folder / "x").string(), "0"}).wait().code == 2);
}
