// A run that goes on later, or elsewhere: what may differ, and what is said of it.
#include "support/idx.h"
#include "support/runs.h"

using namespace nce;
using namespace nce::test;

namespace {

// Ten steps an epoch.
std::string begin(const TemporaryFolder& folder, const std::string& options) {
  write_idx(folder, "set", "train", squares(320));
  write_idx(folder, "set", "t10k", squares(80));
  return "train --data idx --root " + folder / "set" + " --batch 32 --width 4 --out " + folder / "run" + options;
}

}  // namespace

TEST_CASE("a run can be made longer, which is said with its learning rates, and not shorter than it is") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  succeed(begin(folder, " --epochs 3"));
  const std::string config = read_file(run / "config.toml"), log = read_file(run / "log.jsonl");
  check_refused("train --resume --epochs 1 --out " + run, 2,
                "--epochs 1: the run in " + run.string() + " has begun 3 epochs, and cannot get shorter");
  CHECK(read_file(run / "config.toml") == config);
  CHECK(read_file(run / "log.jsonl") == log);

  const std::string out = succeed("train --resume --epochs 4 --out " + run).out;
  CHECK(holds(out, "continued after epoch 3\n"));
  CHECK(holds(out, "note: the run has 4 epochs now, not 3: the learning rate goes from 7.9e-06 to 0.00038\n"));
  const json line = log_of(run, "resume").front();
  CHECK(line["step"] == 30);
  CHECK(line["lr"].get<double>() == doctest::Approx(3.765e-4).epsilon(1e-3));  // of step 31, on the longer course
  CHECK(line["former_lr"].get<double>() == doctest::Approx(7.885e-6).epsilon(1e-3));
  CHECK((line["epochs"] == 4 && line["former_epochs"] == 3));
  CHECK(log_of(run).back()["epoch"] == 4);

  CHECK(!holds(succeed("train --resume --out " + run).out, "note: the run has"));
  check_refused("train --resume --temperature 0.7 --out " + run, 2,
                "--temperature 0.7 cannot change in a run that is continued");
  check_refused("train --resume --init-from x --out " + run, 2,
                "--init-from cannot be added to a run that is continued");
}

TEST_CASE("a rate, the clipping and the weight decay may change on the way, by name, and all of it is recorded") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  succeed(begin(folder, " --epochs 1 --lr 0.01"));
  const std::string out = succeed("train --resume --epochs 2 --lr 1e-4 --clip-norm 1 --out " + run).out;
  CHECK(holds(out, "note: lr is 0.0001 from here on, and was 0.01\n"));
  CHECK(holds(out, "note: clip_norm is 1 from here on, and was 0\n"));
  const json changed = log_of(run, "resume").front()["changed"];
  CHECK(changed == json::parse(R"({"lr": {"former": 0.01, "now": 0.0001}, "clip_norm": {"former": 0, "now": 1}})"));
  for (const json& line : log_of(run, "step"))
    if (line["step"] > 10) CHECK(line["lr"].get<double>() <= 1e-4);
  const std::string config = read_file(run / "config.toml");
  for (const char* text : {"\nlr = 0.0001\n", "\n# after epoch 1: clip_norm changed from 0 to 1\n",
                           "\n# after epoch 1: lr changed from 0.01 to 0.0001\n"})
    CHECK_MESSAGE(holds(config, text), config);

  const std::string again = succeed("train --resume --epochs 3 --weight-decay 0 --lr 1e-4 --out " + run).out;
  CHECK(holds(again, "note: weight_decay is 0 from here on, and was 0.01\n"));
  CHECK(!holds(again, "note: lr"));  // the same
  CHECK(holds(read_file(run / "config.toml"), "# after epoch 1: lr changed from 0.01 to 0.0001\n"));
  CHECK(holds(read_file(run / "config.toml"), "# after epoch 2: weight_decay changed from 0.01 to 0\n"));
  check_refused("train --resume --beta1 0.5 --out " + run, 2,
                "--beta1 0.5 cannot change in a run that is continued");
}

TEST_CASE("a run goes on with its own data, wherever they are, and with no others") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  succeed(begin(folder, " --epochs 1"));
  const std::string config = read_file(run / "config.toml"), log = read_file(run / "log.jsonl");
  write_idx(folder, "half", "train", squares(160));
  write_idx(folder, "half", "t10k", squares(80));
  write_idx(folder, "noise", "train", squares(320, 1, false));  // the same sizes
  write_idx(folder, "noise", "t10k", squares(80, 1, false));
  const std::string resume = "train --resume --epochs 2 --out " + run + " --root ";
  for (const auto& [set, size] : {std::pair("half", "160"), std::pair("noise", "320")}) {
    const Result result = run_line(resume + folder / set);
    CAPTURE(result.err);
    CHECK(result.code == 1);
    for (const std::string& text : {run.string() + ": the run's data were 320 images 12 x 12 x 1 (digest ",
                                    std::string("), and are ") + size + " images 12 x 12 x 1 (digest ",
                                    std::string(") now: give its own data with --root, or start another run")})
      CHECK(holds(result.err, text));
  }
  CHECK(read_file(run / "config.toml") == config);
  CHECK(read_file(run / "log.jsonl") == log);
  std::filesystem::rename(folder / "set", folder / "moved");
  succeed(resume + folder / "moved");
}

TEST_CASE("lines of the log are left out where their steps are taken again, and it is said how many") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  succeed(begin(folder, " --epochs 1"));
  const std::string state = read_file(run / "state.safetensors");
  succeed("train --resume --epochs 2 --log-every 5 --out " + run);
  folder.write("run/state.safetensors", state);  // as after a kill before the second save
  const Result again = succeed("train --resume --out " + run);
  CHECK(holds(again.out, "log.jsonl: 3 lines of later steps left out: these steps are taken again\n"));
  CHECK(log_of(run, "epoch").size() == 2);
  CHECK(!holds(succeed("train --resume --out " + run).out, "left out"));
  std::filesystem::remove(run / "state.safetensors");
  CHECK(
      holds(succeed("train --resume --out " + run).out, "no step was saved yet: training begins with the first\n"));
}

TEST_CASE("a run that goes on with other kernels is told that its bits will differ, with other threads not") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  const auto with = [&](const std::string& environment, const std::string& line) {
    const Result result = Process(in_shell(environment + " exec $NCE " + line)).wait();
    CAPTURE(result.err);
    REQUIRE(result.code == 0);
    return result.out;
  };
  with("NCE_INSTRUCTIONS=scalar", begin(folder, " --epochs 1 --threads 1"));
  const std::string resume = "train --resume --out " + run + " --epochs ";
  CHECK(!holds(with("NCE_INSTRUCTIONS=scalar", resume + "2"), "the bits will differ"));
  const std::string out = with("", resume + "3");
  const std::string then = log_of(run).front()["kernels"], now = log_of(run, "resume").back()["kernels"];
  CHECK(then.starts_with("scalar, "));
  CHECK(holds(out, "note: so far with " + then + ", now with " + now +
                       ": the bits will differ from those of a run that stays with one\n"));
  CHECK(!holds(with("", resume + "4"), "the bits will differ"));
}
