#include "support/runs.h"

using namespace nce::test;

namespace {

// A run of a few seconds at most: 8 steps an epoch.
const std::string kShort = "train --data glyphs --limit 512 --batch 64 --width 8 --epochs 2 --out ";

// Everything in the log but what the clock decides.
std::vector<json> facts_of(const std::filesystem::path& run) {
  std::vector<json> lines;
  for (json line : log_of(run)) {
    if (line["event"] != "step" && line["event"] != "epoch") continue;
    line.erase("seconds"), line.erase("elapsed"), line.erase("views_per_second");
    lines.push_back(line);
  }
  return lines;
}

void check_same_bits(const std::filesystem::path& a, const std::filesystem::path& b) {
  check_same_files(a, b);
  CHECK(facts_of(a) == facts_of(b));
}

}  // namespace

TEST_CASE("a run leaves its configuration, its log and its checkpoint, and the configuration alone repeats it") {
  TemporaryFolder folder;
  const auto a = folder / "a", b = folder / "b";
  const Result first = succeed(kShort + a + " --loss sc_info_nce --delta 1.2 --log-every 1");
  CHECK(first.err.empty());
  CHECK(holds(first.out, "epoch 2/2"));

  const std::vector<json> log = log_of(a);
  REQUIRE(log.size() == 1 + 16 + 2);
  CHECK(log[1]["event"] == "step");
  CHECK(log[18]["event"] == "epoch");
  CHECK(log[18]["loss"].get<double>() < log[9]["loss"].get<double>());
  CHECK(log[18]["knn"].get<double>() > 0.2);

  // Also the values that the program chose, as one would type them; and the views, before the first step.
  const std::string config = read_file(a / "config.toml");
  for (const char* text :
       {"\ngamma = 0.2\n", "\nhidden = 32\n", "\nlr = 0.002\n", "\nmin_scale = 0.4\n", "\nflip = 0\n"})
    CHECK_MESSAGE(holds(config, text), config);
  CHECK(holds(first.out, "sc_info_nce 0.2 (delta 1.2); 2 x "));
  CHECK(holds(
      first.out,
      "views: crop,flip,jitter,grey (min_scale 0.4, max_scale 1, ratio 0.75, interpolation bicubic, flip 0, jitter 0.8, color_strength "
      "1, brightness 0.4, contrast 0.4, saturation 0.4, hue 0.1, grey 0.2)\n"));

  succeed("train --config " + a / "config.toml" + " --out " + b);
  check_same_bits(a, b);
}

TEST_CASE("numbers in the log are as short as what they were computed in") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  succeed(kShort + run + " --learn-temperature --schedule constant --warmup-epochs 0 --log-every 1");
  const json first = log_of(run, "step").front();
  CHECK((first["temperature"] == 0.2 && first["lr"] == 0.002));  // 0.2 in f32 is 0.20000000298...
  CHECK(first["loss"].dump().size() <= 9);
}

TEST_CASE("a step's line tells how the embeddings do, and how often it is logged does not change what is learned") {
  TemporaryFolder folder;
  const auto often = folder / "often", never = folder / "never";
  const Result result = succeed(kShort + often + " --log-every 4");
  const std::vector<json> steps = log_of(often, "step");
  CHECK(steps.size() == 4);
  for (const json& line : steps) {
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
  CHECK(holds(result.out, "p+ is the mean probability of the positive; (0.14): its target if views told"));
  CHECK(!holds(result.out, "warning"));
  succeed(kShort + never + " --log-every 1000");
  CHECK(read_file(often / "checkpoint.safetensors") == read_file(never / "checkpoint.safetensors"));
}

TEST_CASE("a run whose embeddings collapse says so once") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  // So large a delta leaves the negatives no weight: all is drawn together.
  const Result result = succeed(
      "train --limit 512 --batch 64 --width 8 --epochs 4 --loss sc_info_nce --delta 100 --gamma 0 --lr 0.01 "
      "--log-every 1 --out " +
      run);
  const size_t first = result.out.find("the embeddings have collapsed nearly to one point");
  REQUIRE(first != std::string::npos);
  CHECK(result.out.find("the embeddings have collapsed", first + 1) == std::string::npos);
  CHECK(log_of(run, "collapse").size() == 1);
  CHECK(log_of(run).back()["event"] == "epoch");

  const auto brief = folder / "brief";  // in 8 steps, of which none is logged
  const Result short_run = succeed(
      "train --limit 512 --batch 64 --width 8 --epochs 1 --loss sc_info_nce --delta 100 --gamma 0 --lr 0.05 "
      "--log-every 1000 --out " +
      brief);
  CHECK(holds(short_run.out, "warning: step 8: the embeddings have collapsed nearly to one point"));
  CHECK(holds(short_run.out, "`nce check-loss sc_info_nce` shows what the loss does"));
  CHECK(log_of(brief, "collapse").size() == 1);
}

TEST_CASE("sc_info_nce off the line delta - gamma = 1 is told where it drifts, on it nothing") {
  TemporaryFolder folder;
  const auto told = [&](const char* name, const std::string& options) {
    return succeed("train --limit 64 --batch 64 --width 8 --epochs 1 --loss sc_info_nce --out " + folder / name +
                   options)
        .out;
  };
  const std::string up = told("up", " --delta 1 --gamma -0.2");
  for (const char* text : {"delta - gamma = 1.2, not 1", "drift up", "1/temperature"})
    CHECK_MESSAGE(holds(up, text), text);
  CHECK(holds(told("down", " --delta 0.5 --gamma -0.2"), "drift down"));
  CHECK(!holds(told("on", " --delta 1.2 --gamma 0.2"), "drift"));
}

TEST_CASE("a whole run has the same bits with 1, 2 and 4 threads, and others with another seed") {
  TemporaryFolder folder;
  for (const std::string threads : {"1", "2", "4"}) succeed(kShort + folder / threads + " --threads " + threads);
  check_same_bits(folder / "1", folder / "2");
  check_same_bits(folder / "1", folder / "4");
  succeed(kShort + folder / "other" + " --seed 2");
  CHECK(read_file(folder / "1/checkpoint.safetensors") != read_file(folder / "other/checkpoint.safetensors"));
}

TEST_CASE("a run that was stopped goes on to the same bits") {
  TemporaryFolder folder;
  const std::string options = " --checkpoint-every 3 --log-every 1 --threads 1";
  const auto whole = folder / "whole", killed = folder / "killed", stopped = folder / "stopped";
  succeed(kShort + whole + options);
  {
    Process process(words(kShort + killed + options));
    REQUIRE(eventually([&] { return std::filesystem::exists(killed / "checkpoint.safetensors"); }));
    process.kill(SIGKILL);
    REQUIRE(process.wait().code == -SIGKILL);
  }
  CHECK(read_file(killed / "state.safetensors") != read_file(whole / "state.safetensors"));
  CHECK(holds(succeed("train --resume --out " + killed).out, "continued after step"));
  check_same_bits(whole, killed);

  // Ctrl-C finishes the step and saves, here without checkpoints within the epoch.
  Process process(words(kShort + stopped + " --log-every 1 --threads 1"));
  REQUIRE(eventually([&] {
    return std::filesystem::exists(stopped / "log.jsonl") && read_file(stopped / "log.jsonl").size() > 400;
  }));
  process.kill(SIGINT);
  const Result result = process.wait();
  CHECK(result.code == 130);
  CHECK(holds(result.out, "interrupted after step"));
  CHECK(holds(result.out, "--resume"));
  succeed(kShort + stopped + " --log-every 1 --checkpoint-every 3 --resume");
  check_same_bits(whole, stopped);
}

TEST_CASE("eval prints accuracies beside those of raw pixels and of the encoder before training") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  succeed("train --limit 512 --batch 64 --encoder mlp --epochs 1 --out " + run);
  const json scores = json::parse(succeed("eval --json --run " + run).out);
  for (const json& row : {scores, scores["raw_pixels"], scores["random_encoder"]})
    for (const char* name : {"knn", "knn_200", "linear"}) {
      CAPTURE(name);
      CHECK(row[name].get<double>() > 0.2);
      CHECK(row[name].get<double>() <= 1);
      CHECK(row[name + std::string("_top5")] > row[name]);
    }
  CHECK(scores["linear"] != scores["random_encoder"]["linear"]);
  CHECK(holds(run_line("report " + run).out, "| glyphs | mlp, info_nce 0.2, 1 epoch | " + run.string() + " |"));
  succeed("embed --run " + run + " --out " + folder / "x.npy");
  CHECK(holds(read_file(folder / "x.npy"), "'<f4', 'fortran_order': False, 'shape': (2000, 128)"));
  CHECK(read_file(folder / "x.labels.npy").size() == 128 + 4 * 2000);
  const std::string table = run_line("eval --no-baselines --run " + run).out;
  CHECK(holds(table, "info_nce"));
  CHECK(!holds(table, "raw pixels"));
}

TEST_CASE("report shows each setting that differs, and the run, those that differ in seed and log share a line") {
  TemporaryFolder folder;
  std::vector<std::string> runs;
  for (const char* options : {"", " --seed 2 --log-every 1 --threads 1", " --temperature 0.3", " --lr 0.01",
                              " --limit 192 --optimizer sgd --lr 0.01"}) {
    runs.push_back(folder / ("r" + std::to_string(runs.size())));
    const std::string limit = std::string(options).find("--limit") == std::string::npos ? " --limit 128" : "";
    succeed("train --batch 64 --encoder mlp --width 16 --epochs 1 --out " + runs.back() + limit + options);
    succeed("eval --no-baselines --run " + runs.back());
  }
  std::string report = "report";
  for (const std::string& run : runs) report += " " + run;
  const std::string table = succeed(report).out, mlp = "| glyphs | mlp (width 16), info_nce ";
  CAPTURE(table);
  CHECK(holds(table, mlp + "0.2, 1 epoch, limit 128, optimizer adamw, lr 0.002 | 2 runs | "));
  CHECK(holds(table, mlp + "0.3, 1 epoch, limit 128, optimizer adamw, lr 0.002 | " + runs[2] + " | "));
  CHECK(holds(table, mlp + "0.2, 1 epoch, limit 128, optimizer adamw, lr 0.01 | " + runs[3] + " | "));
  CHECK(holds(table, mlp + "0.2, 1 epoch, limit 192, optimizer sgd | " + runs[4] + " | "));
  CHECK(holds(table, " ± "));
  const auto header = [](const std::string& text) { return text.substr(0, text.find('\n')); };
  CHECK(header(succeed(report + " --csv").out) ==
        "data,features,run,knn,knn_spread,knn_200,knn_200_spread,linear,linear_spread");
  std::vector<double> linear;
  std::istringstream lines(succeed(report + " --json --sort linear").out);
  for (std::string line; std::getline(lines, line);) linear.push_back(json::parse(line)["linear"]);
  CHECK(linear.size() == 4);
  CHECK(std::is_sorted(linear.rbegin(), linear.rend()));
  check_refused(report + " --sort linaer", 2,
                "--sort: no column is called 'linaer'; did you mean linear? There are knn, ");

  std::filesystem::remove(std::filesystem::path(runs[3]) / "eval.json");
  const Result rest = succeed(report);
  CHECK(rest.err == "nce: " + runs[3] + " is not measured yet, and is left out: nce eval --run " + runs[3] + "\n");
  CHECK(holds(rest.out, mlp + "0.3, 1 epoch, limit 128, optimizer adamw | "));  // one rate is left, of adamw
}

TEST_CASE("the pages refuse what is no number of epochs") {
  for (const char* epochs : {"0", "many", "3x", "1e9", "99999999999"}) {
    const Result result = run_line(epochs, NCE_MOCO);
    CHECK(result.code == 2);
    CHECK(result.err == "usage: moco [EPOCHS], a number of at least 1\n");
  }
  TemporaryFolder folder;
  CHECK(run_line("", NCE_SIMCLR).code == 2);
  CHECK(run_line((folder / "x").string() + " 0", NCE_SIMCLR).code == 2);
  CHECK(run_line((folder / "x").string() + " 3x", NCE_SIMCLR).code == 2);
}
