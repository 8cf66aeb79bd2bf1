// The program among other processes: what it is started with, and the signals that it gets.
#include "support/runs.h"

using namespace nce::test;

namespace {

// Steps of milliseconds, for longer than any test.
const std::string kLong =
    "train --limit 64 --batch 32 --encoder mlp --width 16 --log-every 1 --epochs 100000 --out ";

Result run_shell(const std::string& command) { return Process(in_shell(command)).wait(); }

bool begun(const std::filesystem::path& run) {
  return eventually([&] {
    return std::filesystem::exists(run / "log.jsonl") && holds(read_file(run / "log.jsonl"), "\"step\":3");
  });
}

}  // namespace

TEST_CASE("with its standard streams closed the program writes only what is meant into its files") {
  TemporaryFolder folder;
  const auto open = folder / "open", closed = folder / "closed";
  const std::string train = "exec $NCE train --limit 64 --batch 32 --width 4 --epochs 1 --log-every 1 --out ";
  REQUIRE(run_shell(train + open).code == 0);
  REQUIRE(run_shell(train + closed + " <&- >&- 2>&-").code == 0);
  check_same_files(open, closed);
  CHECK(log_of(closed).size() == log_of(open).size());  // each line is JSON
}

TEST_CASE("training goes on, and says so, when nobody reads its lines any more") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  const Result result = run_shell("{ $NCE train --limit 64 --batch 32 --encoder mlp --epochs 50 --out " + run +
                                  "; echo exit code $? >&2; } | head -n 1");
  CHECK(holds(result.err, "nce: standard output cannot be written: Broken pipe; training goes on without it"));
  CHECK(holds(result.err, "exit code 0"));
  CHECK(log_of(run).back()["epoch"] == 50);
}

TEST_CASE("signals that end a program let training save first, also where they come twice") {
  TemporaryFolder folder;
  for (const int signal : {SIGHUP, SIGTERM}) {
    CAPTURE(signal);
    const auto run = folder / std::to_string(signal);
    Process process(words(kLong + run));
    REQUIRE(begun(run));
    process.kill(signal), process.kill(signal);
    const Result result = process.wait();
    CHECK(result.code == 128 + signal);
    CHECK(holds(result.out, "interrupted after step"));
    CHECK(std::filesystem::exists(run / "checkpoint.safetensors"));
  }
}

TEST_CASE("a signal that the parent ignores stays ignored") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  Process process(in_shell("trap '' INT HUP; exec $NCE " + kLong + run));
  REQUIRE(begun(run));
  process.kill(SIGINT), process.kill(SIGHUP);
  const size_t before = read_file(run / "log.jsonl").size();
  CHECK(eventually([&] { return read_file(run / "log.jsonl").size() > before + 10000; }));
  process.kill(SIGTERM);
  CHECK(process.wait().code == 128 + SIGTERM);
}

TEST_CASE("more threads than CPUs are not used, and the log has the number that is") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  const Result result =
      succeed("train --limit 64 --batch 32 --encoder mlp --epochs 1 --threads 100000 --out " + run);
  const std::string used = std::to_string(log_of(run).front()["threads"].get<int>());
  CHECK(result.err ==
        "nce: --threads 100000: " + used + (used == "1" ? " is" : " are") + " used; there are no more\n");
  CHECK(holds(result.out, "; " + used + " thread"));
}

TEST_CASE("an option whose value is empty is refused in every command") {
  TemporaryFolder folder;
  const std::string file = folder.write("c.toml", "[data]\nroot = \"\"\n"), out = " --out " + folder / "run";
  const std::pair<std::string, std::string> cases[] = {
      {"train --seed ''" + out, "--seed: its value is empty; give one or leave it out"},
      {"train --config ''" + out, "--config: its value is empty"},
      {"train --root ''" + out, "--root: its value is empty"},
      {"train --loss ''" + out, "--loss: its value is empty"},
      {"train --config " + file + out, file + ": [data] root: its value is empty"},
      {"eval --run x --root ''", "--root: its value is empty"},
      {"embed --run x --out ''", "--out: its value is empty"},
      {"report ''", "RUN: its value is empty"},
      {"check-loss nt_xent --temperature ''", "--temperature: its value is empty"},
      {"theory --synthetic --out ''", "--out: its value is empty"}};
  for (const auto& refused : cases) {
    const Result result = run_shell("exec $NCE " + refused.first);
    CAPTURE(refused.first);
    CAPTURE(result.err);
    CHECK(result.code == 2);
    CHECK(holds(result.err, refused.second));
  }
  CHECK(!std::filesystem::exists(folder / "run"));
}
