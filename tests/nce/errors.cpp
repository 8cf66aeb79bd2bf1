#include <doctest/doctest.h>
#include <fmt/format.h>

#include "support/process.h"

using namespace nce::test;

namespace {

struct Case {
  std::vector<std::string> arguments;
  int code;
  std::string text;  // that standard error must hold
};

void check_cases(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    std::string line;
    for (const std::string& argument : c.arguments) line += " " + argument;
    CAPTURE(line);
    const Result result = run_nce(c.arguments);
    CAPTURE(result.err);
    CHECK(result.code == c.code);
    CHECK(result.err.find(c.text) != std::string::npos);
  }
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("a wrong command line is refused with exit code 2 and says what is wrong") {
  TemporaryFolder folder;
  const std::string out = (folder / "run").string(), config = (folder / "config.toml").string();
  write_file(config, "[loss]\ntemprature = 0.2\n");
  check_cases({
      {{}, 2, "A subcommand is required"},
      {{"trian"}, 2, "there is no command 'trian'; there are train, eval, embed, report, check-loss, theory"},
      {{"train"}, 2, "--out is needed"},
      {{"train", "--out", out, "--epoch", "3"}, 2, "--epoch"},
      {{"train", "--out", out, "--loss", "infonce"},
       2,
       "--loss: there is no loss 'infonce' here; there are nt_xent, info_nce, "},
      {{"train", "--out", out, "--delta", "1.2"}, 2, "--delta is an option of sc_info_nce, not of info_nce"},
      {{"train", "--out", out, "--loss", "gkcl", "--temperature", "0.1"},
       2,
       "--temperature is an option of nt_xent, info_nce, "},
      {{"train", "--out", out, "--loss", "nt_xent", "--tau-plus", "0.2"},
       2,
       "--tau-plus is an option of debiased_info_nce, hard_info_nce, not of nt_xent: choose one of these with "
       "--loss or leave it out"},
      {{"train", "--out", out, "--loss", "hard_info_nce", "--tau-plus", "1"},
       2,
       "--tau-plus: must be at least 0 and below 1, got 1"},
      {{"train", "--out", out, "--loss", "f_micl", "--divergence", "l2"},
       2,
       "--divergence: 'l2' is not one of kl, chi2, js,"},
      {{"train", "--out", out, "--data", "imagenet"},
       2,
       "--data: there is no data 'imagenet' here; there are glyphs, "},
      {{"train", "--out", out, "--encoder", "vgg"},
       2,
       "--encoder: there is no encoder 'vgg' here; there are mlp, conv4, "},
      {{"train", "--out", out, "--temperature", "0"}, 2, "--temperature: must be above 0, got 0"},
      {{"train", "--out", out, "--temperature", "-1"}, 2, "--temperature: must be above 0, got -1"},
      {{"train", "--out", out, "--batch", "many"}, 2, "--batch: 'many' is not a whole number"},
      {{"train", "--out", out, "--lr", "nan"}, 2, "--lr: must be above 0, got nan"},
      {{"train", "--out", out, "--weight-decay", "inf"}, 2, "--weight-decay: must be at least 0, got inf"},
      {{"train", "--out", out, "--warmup-epochs", "inf"}, 2, "--warmup-epochs: must be at least 0, got inf"},
      {{"train", "--out", out, "--loss", "sc_info_nce", "--delta", "nan"},
       2,
       "--delta: must be within -1000000 .. 1000000, got nan"},
      {{"train", "--out", out, "--loss", "f_micl", "--alpha", "-1"}, 2, "--alpha: must be above 0, got -1"},
      {{"train", "--out", out, "--loss", "vicreg", "--variance", "inf"},
       2,
       "--variance: must be at least 0, got inf"},
      {{"check-loss", "sig_lip", "--bias", "nan"}, 2, "--bias: must be within -1000000 .. 1000000, got nan"},
      {{"check-loss", "triplet", "--margin", "-1"}, 2, "--margin: must be at least 0, got -1"},
      {{"train", "--out", out, "--config", config},
       2,
       config + ": [loss] temprature: unknown key; `nce COMMAND --help` lists the options"},
      {{"train", "--out", out, "--config", (folder / "none.toml").string()}, 2, "none.toml: cannot be opened"},
      {{"train", "--out", out, "--config", folder.path().string()}, 2, "is a folder, not a file"},
      {{"train", "--out", out, "--resume"}, 2, "there is no run in " + out},
      {{"eval"}, 2, "--run is required"},
      {{"eval", "--run", out}, 2, "there is no run in " + out},
      {{"embed", "--run", out, "--out", "features.csv"}, 2, "--out features.csv: must end in .npy"},
      {{"report", out}, 2, "there is no run in " + out},
  });
  CHECK(!std::filesystem::exists(out));
}

TEST_CASE("values in a configuration file are checked like options") {
  TemporaryFolder folder;
  const auto refused = [&](const std::string& text, const std::string& message) {
    const auto config = folder / "config.toml";
    write_file(config, text);
    const Result result = run_nce({"train", "--out", (folder / "run").string(), "--config", config.string()});
    CAPTURE(text);
    CAPTURE(result.err);
    CHECK(result.code == 2);
    CHECK(result.err.find(message) != std::string::npos);
  };
  refused("[loss]\nname = \"infonce\"\n", "config.toml: [loss] name: there is no loss 'infonce' here; there are ");
  refused("[run]\nbatch = many\n", "config.toml: line 2: ");
  refused("[run]\nbatch = 6.5\n", "config.toml: [run] batch: '6.5' is not a whole number");
  refused("[loss]\ntemperature = 0\n", "config.toml: [loss] temperature: must be above 0, got 0");
  refused("[loss]\nname = \"nt_xent\"\ndelta = 1\n",
          "config.toml: [loss] delta is an option of sc_info_nce, not of nt_xent: add --loss sc_info_nce or leave "
          "it out");
  refused("[loss]\ntemperature = [0.1]\n",
          "config.toml: [loss] temperature: must be a text, a number, true or false");
  refused("[train]\nbatch = 64\n", "config.toml: [train] batch: unknown table [train]; there are data, views, ");
  refused("[run]\nresume = true\n", "config.toml: [run] resume: unknown key");
  refused("loss = \"info_nce\"\ntemperature = 0.2\n",
          "config.toml: key 'loss' is in no table; keys belong in [data], ");
}

TEST_CASE("data that is missing or damaged is refused with exit code 1, before anything is written") {
  TemporaryFolder folder;
  const std::string out = (folder / "run").string(), root = folder.path().string();
  const auto raw = folder / "MNIST" / "raw";
  const auto train = [&](const std::string& data) {
    return std::vector<std::string>{"train", "--data", data, "--root", root, "--out", out};
  };
  check_cases({{{"train", "--data", "mnist", "--out", out}, 2, "--data mnist needs --root"},
               {train("mnist"), 1, "mnist: no folder " + raw.string()},
               {train("cifar10"), 1, "cifar-10-batches-bin"},
               {{"train", "--data", "glyphs", "--limit", "100", "--batch", "256", "--out", out}, 1, "256"}});
  write_file(raw / "train-images-idx3-ubyte", "not an idx file");
  write_file(raw / "train-labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x01\x0b", 9));
  check_cases({{train("mnist"), 1, "train-images-idx3-ubyte: magic number"}});
  write_file(raw / "train-images-idx3-ubyte", std::string("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01\x07", 17));
  check_cases({{train("mnist"), 1, "train-labels-idx1-ubyte: label 11 at byte 8 is outside 0 .. 9"}});
  std::filesystem::remove(raw / "train-images-idx3-ubyte");
  write_file(raw / "train-images-idx3-ubyte.gz", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03\x63\x60", 12));
  check_cases({{train("mnist"), 1, "train-images-idx3-ubyte.gz: ends too early at byte"}});
  CHECK(!std::filesystem::exists(out));
}

TEST_CASE("a loss that is not a number stops the run, names the step, and leaves the last good checkpoint") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  const Result result =
      run_nce({"train", "--limit", "512", "--batch", "64", "--encoder", "mlp", "--optimizer", "sgd", "--lr", "1e25",
               "--schedule", "constant", "--warmup-epochs", "0", "--checkpoint-every", "1", "--out", run.string()});
  CAPTURE(result.err);
  CHECK(result.code == 1);
  CHECK(result.err.find("the loss of step 2 of epoch 1 is") != std::string::npos);
  CHECK(result.err.find("the last good checkpoint is kept") != std::string::npos);
  CHECK(std::filesystem::exists(run / "state.safetensors"));
}

TEST_CASE("an output folder that cannot be written to is said before training") {
  TemporaryFolder folder;
  write_file(folder / "file", "in the way");
  check_cases({{{"train", "--limit", "64", "--batch", "32", "--out", (folder / "file" / "run").string()},
                1,
                "cannot be made"},
               {{"train", "--limit", "64", "--batch", "32", "--out", "/proc/nce"}, 1, "/proc/nce cannot be made"}});
}

TEST_CASE("a disk that fills up is said, and the former checkpoint stays whole") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  REQUIRE(run_nce({"train", "--limit", "256", "--batch", "64", "--epochs", "1", "--out", run.string()}).code == 0);
  const std::string state = read_file(run / "state.safetensors");
  const std::string checkpoint = read_file(run / "checkpoint.safetensors");
  const Result result =
      Process(nce_arguments({"train", "--out", run.string(), "--resume", "--epochs", "2"}), 100000).wait();
  CAPTURE(result.err);
  CHECK(result.code == 1);
  CHECK(result.err.find(
            "state.safetensors cannot be written: File too large; a former file of that name is unchanged") !=
        std::string::npos);
  CHECK(read_file(run / "state.safetensors") == state);
  CHECK(read_file(run / "checkpoint.safetensors") == checkpoint);
  CHECK(!std::filesystem::exists(run / "state.safetensors.tmp"));
}

TEST_CASE("a file or an output that cannot be written is said, and no part of it is left") {
  TemporaryFolder folder;
  const auto out = folder / "out";
  // Without SIGXFSZ ignored by the one who starts it, as in a shell with a limit.
  const std::string limited = fmt::format("ulimit -f 1; exec {} theory --out {}", NCE_PROGRAM, out.string());
  const Result small = Process({"/bin/sh", "-c", limited}).wait();
  CAPTURE(small.err);
  CHECK(small.code == 1);
  CHECK(small.err.find("free_logits.csv cannot be written: File too large") != std::string::npos);
  CHECK(std::filesystem::is_empty(out));
  const Result full =
      Process({"/bin/sh", "-c", fmt::format("exec {} theory --loss dcl > /dev/full", NCE_PROGRAM)}).wait();
  CHECK(full.code == 1);
  CHECK(full.err.find("standard output could not be written in full") != std::string::npos);
}

TEST_CASE("a checkpoint of another architecture, or none at all, is refused by name") {
  TemporaryFolder folder;
  const auto narrow = folder / "narrow", wide = folder / "wide";
  for (const auto& [run, width] : {std::pair(narrow, "8"), std::pair(wide, "16")})
    REQUIRE(run_nce({"train", "--limit", "128", "--batch", "64", "--width", width, "--epochs", "1", "--out",
                     run.string()})
                .code == 0);
  std::filesystem::copy_file(wide / "checkpoint.safetensors", narrow / "checkpoint.safetensors",
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy_file(wide / "state.safetensors", narrow / "state.safetensors",
                             std::filesystem::copy_options::overwrite_existing);
  const std::string name = (narrow / "checkpoint.safetensors").string();
  check_cases(
      {{{"eval", "--run", narrow.string(), "--no-baselines"},
        1,
        name + ": load_state_dict: this is the state of another module:\n  shape: conv1.weight is (8, 3, 3, 1) "
               "here and (16, 3, 3, 1) in what is loaded"},
       {{"train", "--out", narrow.string(), "--resume", "--epochs", "2"},
        1,
        (narrow / "state.safetensors").string() + ": load_state_dict: this is the state of another module"}});
  write_file(narrow / "checkpoint.safetensors", read_file(wide / "checkpoint.safetensors").substr(0, 2000));
  check_cases({{{"eval", "--run", narrow.string(), "--no-baselines"}, 1, name + ":"}});
  std::filesystem::remove(narrow / "checkpoint.safetensors");
  check_cases({{{"eval", "--run", narrow.string()}, 1, name + ": there is no checkpoint yet"}});
}
