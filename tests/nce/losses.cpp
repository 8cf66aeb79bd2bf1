#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/process.h"

using namespace nce::test;
using nlohmann::json;

namespace {

// Two steps an epoch.
std::vector<std::string> tiny_run(const std::filesystem::path& out, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"train", "--limit",     "128", "--batch",    "64",        "--encoder",
                                     "mlp",   "--width",     "16",  "--head-dim", "16",        "--epochs",
                                     "2",     "--log-every", "1",   "--out",      out.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::vector<json> steps_of(const std::filesystem::path& run) {
  std::vector<json> lines;
  std::istringstream text(read_file(run / "log.jsonl"));
  for (std::string line; std::getline(text, line);)
    if (const json entry = json::parse(line); entry["event"] == "step") lines.push_back(entry);
  return lines;
}

}  // namespace

TEST_CASE("every loss trains by its name, with its own options") {
  TemporaryFolder folder;
  const std::vector<std::vector<std::string>> losses{
      {"nt_xent"},
      {"info_nce", "--symmetric", "--learn-temperature"},
      {"sc_info_nce", "--delta", "1.2"},
      {"dcl", "--both-views", "--symmetric"},
      {"dclw", "--sigma", "0.3"},
      {"dhel", "--both-views", "--learn-temperature"},
      {"is_info_nce", "--temperature", "0.1"},
      {"sup_con"},
      {"sig_lip", "--bias", "-5"},
      {"debiased_info_nce", "--tau-plus", "0.2"},
      {"hard_info_nce", "--beta", "0.5"},
      {"f_micl", "--divergence", "vlc", "--alpha", "10", "--temperature", "1"},
      {"gkcl", "--kernel", "1", "--energy", "4"},
      {"simple_contrastive"},
      {"spectral_contrastive", "--temperature", "1"},
      {"triplet", "--soft"},
      {"barlow_twins", "--lambda", "0.01"},
      {"vicreg", "--covariance", "2"},
      {"negative_cosine"}};
  const std::string known = run_nce({"train", "--out", "x", "--loss", "none"}).err;
  CHECK(std::count(known.begin(), known.end(), ',') == std::ptrdiff_t(losses.size()) - 1);  // none is left out here
  for (const auto& loss : losses) {
    CAPTURE(loss[0]);
    std::vector<std::string> arguments{"--loss"};
    arguments.insert(arguments.end(), loss.begin(), loss.end());
    const Result result = run_nce(tiny_run(folder / loss[0], arguments));
    CAPTURE(result.err);
    REQUIRE(result.code == 0);
    for (const json& step : steps_of(folder / loss[0])) CHECK(std::isfinite(step["loss"].get<double>()));
  }
}

TEST_CASE("what a loss learns is logged, saved, and goes on to the same bits") {
  TemporaryFolder folder;
  for (const std::vector<std::string>& loss : {std::vector<std::string>{"info_nce", "--learn-temperature"},
                                               {"sig_lip", "--temperature", "0.1"},
                                               {"negative_cosine"}}) {
    CAPTURE(loss[0]);
    std::vector<std::string> arguments{"--schedule", "constant", "--loss"};
    arguments.insert(arguments.end(), loss.begin(), loss.end());
    const auto whole = folder / (loss[0] + "_whole"), parts = folder / (loss[0] + "_parts");
    REQUIRE(run_nce(tiny_run(whole, arguments)).code == 0);
    arguments.insert(arguments.end(), {"--epochs", "1"});
    auto first = tiny_run(parts, arguments);
    first.erase(std::find(first.begin(), first.end(), "--epochs"),
                std::find(first.begin(), first.end(), "--epochs") + 2);
    REQUIRE(run_nce(first).code == 0);
    REQUIRE(run_nce({"train", "--out", parts.string(), "--resume", "--epochs", "2"}).code == 0);
    CHECK(read_file(whole / "state.safetensors") == read_file(parts / "state.safetensors"));

    const std::vector<json> steps = steps_of(whole);
    REQUIRE(steps.size() == 4);
    const std::string state = read_file(whole / "state.safetensors");
    if (loss[0] == "negative_cosine") {
      CHECK(state.find("loss.predictor.0.weight") != std::string::npos);
      CHECK(!steps[0].contains("temperature"));
    } else {
      CHECK(state.find("loss.logit_scale") != std::string::npos);
      CHECK(steps[0]["temperature"] != steps[3]["temperature"]);
      CHECK(steps[3]["temperature"].get<double>() ==
            doctest::Approx(loss[0] == "sig_lip" ? 0.1 : 0.2).epsilon(0.05));
      CHECK(steps[3].contains("bias") == (loss[0] == "sig_lip"));
    }
  }
}

TEST_CASE("sup_con sees the labels: it trains otherwise than nt_xent, which it is without them") {
  TemporaryFolder folder;
  REQUIRE(run_nce(tiny_run(folder / "labels", {"--loss", "sup_con"})).code == 0);
  REQUIRE(run_nce(tiny_run(folder / "none", {"--loss", "nt_xent"})).code == 0);
  CHECK(steps_of(folder / "labels")[0]["loss"] != steps_of(folder / "none")[0]["loss"]);
}

TEST_CASE("an option of another loss is refused beside a configuration too") {
  TemporaryFolder folder;
  const auto config = folder / "config.toml";
  std::ofstream(config) << "[loss]\nname = \"nt_xent\"\n";
  const Result result =
      run_nce({"train", "--out", (folder / "run").string(), "--config", config.string(), "--beta", "1"});
  CHECK(result.code == 2);
  CHECK(result.err.find("--beta is an option of hard_info_nce, not of nt_xent") != std::string::npos);
}
