#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nce/losses/catalogue.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/optim/catalogue.h"
#include "nce/nn/optim/schedule.h"
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

// What a row of a catalogue is to be trained with, beside its name. A new row needs an entry here.
using Expected = std::map<std::string, std::vector<std::string>>;

template <class Row>
void check_all_train(const std::vector<Row>& rows, const std::string& flag, const Expected& expected) {
  TemporaryFolder folder;
  CHECK(expected.size() == rows.size());
  for (const Row& row : rows) {
    CAPTURE(row.name);
    REQUIRE(expected.contains(row.name));
    std::vector<std::string> arguments{flag, row.name};
    arguments.insert(arguments.end(), expected.at(row.name).begin(), expected.at(row.name).end());
    const Result result = run_nce(tiny_run(folder / row.name, arguments));
    CAPTURE(result.err);
    REQUIRE(result.code == 0);
    const std::vector<json> steps = steps_of(folder / row.name);
    CHECK(steps.size() == 4);
    for (const json& step : steps) CHECK(std::isfinite(step["loss"].get<double>()));
    // The options are in config.toml, and it alone repeats the run.
    const std::string config = read_file(folder / row.name / "config.toml");
    CHECK(config.find("name = \"" + row.name + "\"") != std::string::npos);
    const auto again = folder / (row.name + "_again");
    REQUIRE(run_nce({"train", "--config", (folder / row.name / "config.toml").string(), "--out", again.string()})
                .code == 0);
    CHECK(read_file(again / "config.toml") == config);
    CHECK(read_file(again / "state.safetensors") == read_file(folder / row.name / "state.safetensors"));
  }
}

// Every option of a loss, at another value than its default. Unset numbers and flags that are on are left alone.
std::vector<std::string> other_values(const nce::losses::KnownLoss& known) {
  std::vector<std::string> arguments;
  const auto loss = known.make();
  for (const nce::Option& option : nce::list_options(*loss)) {
    std::string flag = "--" + option.name;
    std::replace(flag.begin(), flag.end(), '_', '-');
    if (option.is_flag) {
      if (option.value == "false") arguments.push_back(flag);
    } else if (!option.choices.empty()) {
      arguments.insert(arguments.end(), {flag, option.choices.back()});
    } else if (!option.value.empty()) {
      arguments.insert(arguments.end(), {flag, fmt::format("{}", std::stod(option.value) * 1.25)});
    }
  }
  return arguments;
}

TEST_CASE("every loss trains by its name, with its own options, and its configuration repeats it") {
  Expected arguments;
  for (const auto& known : nce::losses::known_losses()) arguments[known.name] = other_values(known);
  check_all_train(nce::losses::known_losses(), "--loss", arguments);
}

TEST_CASE("every optimiser and every schedule trains by its name") {
  check_all_train(
      nce::nn::known_optimizers(), "--optimizer",
      {{"sgd", {"--nesterov"}}, {"adam", {"--beta1", "0.8"}}, {"adamw", {}}, {"lars", {"--momentum", "0.8"}}});
  check_all_train(nce::nn::known_schedules(), "--schedule",
                  {{"constant", {}},
                   {"step", {"--step-size", "2", "--schedule-gamma", "0.5"}},
                   {"linear", {"--final-factor", "0.1"}},
                   {"cosine", {"--warmup-epochs", "0"}}});
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

TEST_CASE("every encoder trains by its name") {
  TemporaryFolder folder;
  const std::map<std::string, const char*> widths{
      {"mlp", "16"}, {"conv4", "4"}, {"resnet18", "4"}, {"resnet34", "4"}};
  for (const nce::nn::KnownEncoder& encoder : nce::nn::known_encoders()) {
    CAPTURE(encoder.name);
    REQUIRE(widths.contains(encoder.name));
    const Result result =
        run_nce({"train", "--limit", "32", "--batch", "16", "--epochs", "1", "--encoder", encoder.name, "--width",
                 widths.at(encoder.name), "--out", (folder / encoder.name).string()});
    CAPTURE(result.err);
    CHECK(result.code == 0);
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
