// Things of an executable's own, through the program: own/main.cpp registers them in a line each.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "support/process.h"

using namespace nce::test;
using nlohmann::json;

namespace {

Result run_own(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), NCE_OWN_THINGS);
  return Process(arguments).wait();
}

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Trains, continues to the same bits, evaluates, embeds and reports.
void check_whole_life(const std::vector<std::string>& options, const std::string& raw_key,
                      const std::string& described) {
  TemporaryFolder folder;
  const auto whole = folder / "whole", parts = folder / "parts";
  const std::vector<std::string> constant{"--warmup-epochs", "0"};
  const auto train = [&](const std::filesystem::path& out, const char* epochs) {
    return run_own(std::vector<std::string>{"train", "--out", out.string(), "--epochs", epochs} + constant +
                   options);
  };
  const Result first = train(whole, "2");
  CAPTURE(first.err);
  REQUIRE(first.code == 0);
  REQUIRE(train(parts, "1").code == 0);
  const Result resumed = run_own({"train", "--out", parts.string(), "--resume", "--epochs", "2"});
  CAPTURE(resumed.err);
  REQUIRE(resumed.code == 0);
  for (const char* name : {"config.toml", "state.safetensors", "checkpoint.safetensors"})
    CHECK(read_file(whole / name) == read_file(parts / name));

  const Result measured = run_own({"eval", "--run", whole.string(), "--json"});
  CAPTURE(measured.err);
  REQUIRE(measured.code == 0);
  const json scores = json::parse(measured.out);
  CHECK(scores["knn"].get<double>() > 0.5);
  CHECK(scores[raw_key]["linear"].get<double>() > 0.5);
  CHECK(scores["random_encoder"].contains("knn_200"));
  CHECK(holds(run_own({"report", whole.string()}).out, described));
  CHECK(run_own({"embed", "--run", whole.string(), "--out", (folder / "x.npy").string()}).code == 0);
  CHECK(run_own({"theory", "--run", whole.string(), "--pairs", "128"}).code == 0);
}

}  // namespace

TEST_CASE("an own data set, transform, encoder, optimiser and schedule live as the program's own do") {
  const std::vector<std::string> options{"--data",  "quarters",   "--views",     "crop,speckle", "--speckle",
                                         "0.2",     "--encoder",  "flat",        "--outputs",    "10",
                                         "--batch", "64",         "--optimizer", "gentle",       "--lr",
                                         "0.02",    "--schedule", "blinking",    "--dark",       "0.1"};
  check_whole_life(options, "raw_pixels", "| quarters | flat (outputs 10), info_nce 0.2, 2 epochs | 1 |");
  const std::string help = run_own({"train", "--help"}).out;
  for (const char* text : {"|quarters|", "|speckle|", "speckle: largest change of a pixel [0.1]", "|flat|",
                           "flat, line: size of the features [flat 12; line 6]", "|gentle", "|blinking",
                           "blinking: share of the rate in the other steps [0.5]"})
    CHECK_MESSAGE(holds(help, text), text);

  TemporaryFolder folder;
  REQUIRE(run_own(std::vector<std::string>{"train", "--epochs", "1", "--out", (folder / "run").string()} + options)
              .code == 0);
  const std::string config = read_file(folder / "run" / "config.toml");
  for (const char* text :
       {"[data]\nname = \"quarters\"\n",
        "[views]\nname = \"crop,speckle\"\nmin_scale = 0.5\nmax_scale = 1\nratio = 0.75\nspeckle = 0.2\n",
        "[encoder]\nname = \"flat\"\noutputs = 10\n", "[schedule]\nname = \"blinking\"\ndark = 0.1\n"})
    CHECK_MESSAGE(holds(config, text), text);
}

TEST_CASE("another domain goes through the same program") {
  check_whole_life(
      {"--data", "clouds", "--size", "192", "--jostle", "0.2", "--batch", "64", "--schedule", "constant"},
      "raw_vectors", "| clouds | line, info_nce 0.2, 2 epochs | 1 |");
}

TEST_CASE("what a domain does not have is refused") {
  TemporaryFolder folder;
  const auto refused = [&](const std::vector<std::string>& options, const std::string& text) {
    const Result result = run_own(std::vector<std::string>{"train", "--out", (folder / "x").string()} + options);
    CAPTURE(result.err);
    CHECK(result.code == 2);
    CHECK(holds(result.err, text));
  };
  refused({"--data", "clouds", "--encoder", "conv4"},
          "--encoder: there is no encoder 'conv4' here; there are line");
  refused({"--data", "glyphs", "--encoder", "line"}, "--encoder: there is no encoder 'line' here; there are mlp, ");
  refused({"--data", "clouds", "--limit", "5"}, "--limit is an option of glyphs, mnist, ");
  refused({"--data", "clouds", "--centres", "1"}, "--centres: must be at least 2, got 1");
  refused({"--speckle", "0.1"},
          "--speckle is an option of speckle, not of crop,flip,jitter,grey: add speckle to --views");
}

TEST_CASE("an own loss has an own option, in the help, in config.toml, in the report and in check-loss") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  const auto own = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), NCE_OWN_LOSS);
    return Process(arguments).wait();
  };
  REQUIRE(own({"train", "--limit", "128", "--batch", "64", "--width", "8", "--epochs", "1", "--loss", "my_loss",
               "--push", "0.3", "--out", run.string()})
              .code == 0);
  CHECK(holds(read_file(run / "config.toml"), "[loss]\nname = \"my_loss\"\ntemperature = 0.2\npush = 0.3\n"));
  CHECK(holds(own({"train", "--help"}).out, "my_loss: how much nearer than a negative the positive must be [0.1]"));
  REQUIRE(own({"eval", "--run", run.string(), "--no-baselines"}).code == 0);
  CHECK(holds(own({"report", run.string()}).out, "my_loss 0.2 (push 0.3), 1 epoch"));
  CHECK(own({"check-loss", "my_loss", "--push", "0.3"}).code == 0);
  CHECK(holds(own({"check-loss", "my_loss", "--push", "3"}).err, "--push: must be within 0 .. 2, got 3"));
  CHECK(holds(own({"train", "--out", "x", "--push", "0.3"}).err,
              "--push is an option of my_loss, not of info_nce: add --loss my_loss or leave it out"));
  CHECK(holds(run_nce({"eval", "--run", run.string()}).err, "there is no loss 'my_loss' here"));
}
