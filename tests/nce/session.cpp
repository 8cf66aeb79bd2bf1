// What a run's folder is asked for before the first step, and what is saved there.
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "run/folder.h"
#include "support/runs.h"

using namespace nce;
using namespace nce::test;

namespace {

const std::string kTrain = "train --limit 64 --batch 32 --encoder mlp --width 16 --out ";

}  // namespace

TEST_CASE("what cannot be saved is found before the first step, and leaves no run behind") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  std::filesystem::create_directories(run / "checkpoint.safetensors");
  check_refused(kTrain + run, 1, "checkpoint.safetensors");
  CHECK(!std::filesystem::exists(run / "log.jsonl"));
  std::filesystem::remove(run / "checkpoint.safetensors");
  const Result full = Process(words(kTrain + run), 20000).wait();
  CHECK(full.code == 1);
  CHECK(holds(full.err, "state.safetensors cannot be written: File too large"));
  CHECK(!std::filesystem::exists(run / "log.jsonl"));
  succeed(kTrain + run);  // the same line, now that there is room
}

TEST_CASE("a disk with too little room is refused with both sizes") {
  TemporaryFolder folder;
  const cli::RunFolder run(folder.path());
  run.check_room(1);
  const std::string text = folder.path().string() + ": saving this run needs 1152921504606.8 MB more, and ";
  CHECK_THROWS_WITH_AS(run.check_room(uintmax_t(1) << 60), doctest::Contains(text.c_str()), Error);
  CHECK_THROWS_WITH(run.check_room(uintmax_t(1) << 60),
                    doctest::Contains(" MB are free there; make room, or choose another disk with --out"));
}

TEST_CASE("a folder in which a process trains is refused, and free again when that one was killed") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  Process first(words(kTrain + run + " --epochs 100000"));
  REQUIRE(eventually([&] { return std::filesystem::exists(run / "checkpoint.safetensors"); }));
  const std::string process = "process " + std::to_string(first.id());
  check_refused("train --resume --out " + run, 1,
                run.string() + ": " + process +
                    " trains there now: wait until it ends, or stop it, which saves; then add --resume");
  succeed("embed --run " + run + " --out " + folder / "x.npy");  // who only reads may
  first.kill(SIGKILL);
  first.wait();
  for (const json& line : log_of(run)) CHECK(line["event"] != "resume");
  Process second(words("train --resume --out " + run));
  REQUIRE(eventually([&] { return holds(read_file(run / "log.jsonl"), "\"resume\""); }));
  second.kill(SIGTERM);
  CHECK(second.wait().code == 128 + SIGTERM);
}

TEST_CASE("what is not finite stops the run and is logged, each way on that is told works") {
  TemporaryFolder folder;
  const auto run = folder / "run", fresh = folder / "fresh";
  const std::string train = "train --limit 256 --batch 32 --width 4 --out ";
  const Result result =
      run_line(train + run + " --lr 1e-3 --schedule step --step-size 8 --schedule-gamma 1e9 --epochs 3");
  CAPTURE(result.err);
  CHECK(result.code == 1);
  CHECK(holds(result.err,
              ": training stops; what was saved after epoch 1 is kept. Go on from there with nce train --out " +
                  run.string() +
                  " --resume and a lower --lr or --clip-norm 1, or start anew with --overwrite and a higher "
                  "--temperature\n"));
  const json event = log_of(run).back();
  CHECK((event["event"] == "not_finite" && event["epoch"] == 2 && event["what"].is_string()));
  CHECK(event["step"].get<int>() > 8);
  for (const auto& named : load_safetensors(run / "state.safetensors").tensors)
    for (const float x : named.second.to_vector<float>()) REQUIRE_MESSAGE(std::isfinite(x), named.first);
  const std::string resumed = succeed("train --resume --lr 1e-25 --out " + run).out;
  CHECK(holds(resumed, "note: lr is 1e-25 from here on, and was 0.001\n"));
  CHECK(log_of(run).back()["epoch"] == 3);

  const Result unsaved = run_line(train + fresh + " --lr 1e6");
  CAPTURE(unsaved.err);
  CHECK(unsaved.code == 1);
  CHECK(holds(unsaved.err, ": training stops; no step was saved. Start anew: --out " + fresh.string() +
                               " --overwrite with a lower --lr, a higher --temperature or --clip-norm 1\n"));
  CHECK(log_of(fresh).back()["event"] == "not_finite");
  check_refused(train + fresh, 2,
                "add --resume to continue it or --overwrite to replace it, or choose another folder");
  succeed(train + fresh + " --overwrite --epochs 1");
  succeed(train + folder / "clean" + " --epochs 1");
  check_same_files(fresh, folder / "clean");
  CHECK(log_of(fresh).front()["event"] == "start");
}

TEST_CASE("a run is overwritten when that is asked for, with all its files, and never one that is refused") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  succeed(kTrain + run + " --epochs 1");
  succeed("eval --no-baselines --run " + run);
  const std::string before = read_file(run / "state.safetensors");
  check_refused(kTrain + run + " --overwrite --resume", 2, "--overwrite and --resume exclude each other");
  check_refused(kTrain + run + " --overwrite --temperature 0", 2, "--temperature: must be above 0");
  CHECK(read_file(run / "state.safetensors") == before);
  succeed(kTrain + run + " --overwrite --epochs 1 --init-from " +
          run / "state.safetensors");  // read before it goes
  CHECK(read_file(run / "state.safetensors") != before);
  CHECK(!std::filesystem::exists(run / "eval.json"));
  succeed(kTrain + folder / "new" + " --overwrite --epochs 1");
}
