// Telling whether a run works, while it runs: chance, dimensions in use, the best epoch, log.csv, nce watch.
#include <cmath>

#include "support/runs.h"

using namespace nce::test;
using doctest::Approx;

namespace {

const std::string kClouds = "train --data clouds --size 128 --batch 64 --schedule constant --warmup-epochs 0 ";

std::vector<std::vector<std::string>> csv_of(const std::filesystem::path& file) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text(read_file(file));
  for (std::string line; std::getline(text, line);) {
    std::istringstream fields(line + ",");
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
  }
  return rows;
}

}  // namespace

TEST_CASE("chance stands beside the loss, and dimensions in use are said in words") {
  TemporaryFolder folder;
  const std::pair<std::string, double> cases[] = {{"info_nce", std::log(64)},
                                                  {"nt_xent", std::log(127)},
                                                  {"dcl", std::log(63)},
                                                  {"sc_info_nce --delta 1.5", std::log(63)}};
  for (const auto& known : cases) {
    const std::string loss = known.first;
    const double chance = known.second;
    CAPTURE(loss);
    const auto run = folder / loss.substr(0, 4);
    const Result result =
        succeed(kClouds + "--epochs 1 --head-dim 5 --loss " + loss + " --log-every 1 --out " + run, NCE_OWN_THINGS);
    const json start = log_of(run, "start").front(), step = log_of(run, "step").back();
    CHECK(start["chance"].get<double>() == Approx(chance).epsilon(1e-5));
    CHECK((start["dimensions"] == 5 && start["steps"] == 2));
    const std::string rank = std::to_string(std::lround(step["effective_rank"].get<double>()));
    CHECK(holds(result.out, "  " + rank + " of 5 dimensions in use  "));
    CHECK(
        holds(result.out, "loss of embeddings that tell nothing (chance): " + std::to_string(chance).substr(0, 5)));
  }
  succeed(kClouds + "--epochs 1 --loss vicreg --out " + folder / "other", NCE_OWN_THINGS);
  CHECK(!log_of(folder / "other", "start").front().contains("chance"));  // it has no candidates
}

TEST_CASE("--keep best keeps the encoder and the head of the best epoch, also over a resume") {
  TemporaryFolder folder;
  const auto whole = folder / "whole", parts = folder / "parts", until = folder / "until";
  const std::string train = kClouds + "--lr 0.3 --keep best --log csv --log-every 1 --out ";
  const Result result = succeed(train + whole + " --epochs 6", NCE_OWN_THINGS);
  CHECK(holds(result.out, "--validation holds others out"));
  int best = 0;
  double most = -1;
  for (const json& line : log_of(whole, "epoch")) {
    const bool better = line["knn"].get<double>() > most;
    CHECK(line.contains("best") == better);
    if (better) most = line["knn"], best = line["epoch"];
  }
  REQUIRE(best < 6);  // else this tests nothing
  succeed(train + parts + " --epochs " + std::to_string(best + 1), NCE_OWN_THINGS);
  succeed("train --resume --epochs 6 --out " + parts, NCE_OWN_THINGS);
  check_same_files(whole, parts);
  CHECK(read_file(whole / "best.safetensors") == read_file(parts / "best.safetensors"));
  succeed(kClouds + "--lr 0.3 --epochs " + std::to_string(best) + " --out " + until, NCE_OWN_THINGS);
  CHECK(read_file(whole / "checkpoint.safetensors") == read_file(until / "checkpoint.safetensors"));
  for (const auto& run : {whole, until})
    succeed("embed --layer projection --run " + run + " --out " + run / "z.npy", NCE_OWN_THINGS);
  CHECK(read_file(whole / "z.npy") == read_file(until / "z.npy"));
}

TEST_CASE("log.csv has the lines of log.jsonl, and goes where a run is overwritten without it") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  succeed(kClouds + "--epochs 2 --log csv --log-every 1 --out " + run, NCE_OWN_THINGS);
  const auto rows = csv_of(run / "log.csv");
  std::vector<json> lines;
  for (const json& line : log_of(run))
    if (line["event"] == "step" || line["event"] == "epoch") lines.push_back(line);
  REQUIRE(rows.size() == lines.size() + 1);
  for (size_t i = 0; i < lines.size(); ++i)
    for (size_t c = 0; c < rows[0].size(); ++c) {
      const auto value = lines[i].find(rows[0][c]);
      CAPTURE(rows[0][c]);
      if (value == lines[i].end())
        CHECK(rows[i + 1][c].empty());
      else if (value->is_number())
        CHECK(std::stod(rows[i + 1][c]) == Approx(value->get<double>()).epsilon(1e-9));
      else
        CHECK(rows[i + 1][c] == value->get<std::string>());
    }
  succeed(kClouds + "--epochs 1 --overwrite --out " + run, NCE_OWN_THINGS);
  CHECK(!std::filesystem::exists(run / "log.csv"));
}

TEST_CASE("nce watch tells how far a run is while it trains, after it stopped, and of a folder of runs") {
  TemporaryFolder folder;
  const auto run = folder / "runs/a";
  Process training(words(kClouds + "--epochs 1000000 --log-every 1 --out " + run, NCE_OWN_THINGS));
  REQUIRE(eventually([&] {
    return std::filesystem::exists(run / "log.jsonl") && holds(read_file(run / "log.jsonl"), "\"step\":5,");
  }));
  const std::string now = succeed("watch --once " + run, NCE_OWN_THINGS).out;
  CHECK(holds(now, "/1000000  loss "));
  CHECK(holds(now, "  chance 4.16  p+ 0."));
  CHECK(holds(now, " of 128  "));
  CHECK(holds(now, "  left "));
  CHECK(!holds(now, "stopped"));
  succeed("report --out " + folder / "page.html " + run, NCE_OWN_THINGS);  // of a run that still goes on
  CHECK(holds(read_file(folder / "page.html"), " of 1000000 epochs are done"));
  training.kill(SIGTERM);
  training.wait();
  const std::string stopped = succeed("watch " + run, NCE_OWN_THINGS).out;  // ends at once
  CHECK(holds(stopped, "  stopped: nobody trains there\n"));
  succeed(kClouds + "--epochs 1 --out " + folder / "runs/b", NCE_OWN_THINGS);
  const std::string both = succeed("watch " + folder / "runs", NCE_OWN_THINGS).out;
  CHECK(holds(both, "1 of 2 runs are done\na: epoch "));
  check_refused("watch " + folder / "none", 2, "there is no run in " + folder / "none");
}
