#include "support/idx.h"
#include "support/runs.h"

using namespace nce::test;

namespace {

const std::string kTiny = "train --limit 128 --batch 64 --encoder mlp --width 8 --epochs 1 --log-every 1 --out ";

}  // namespace

TEST_CASE("a line of the log that cannot be read is left out and said, and training goes on") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  succeed(kTiny + run);
  const std::string log = read_file(run / "log.jsonl");
  folder.write("run/log.jsonl", R"([]
5
{"event": "step"}
{"step": "x"}
{"step": 1.5}
{"step": 1e20}
{"step": 1, "step": 2}
oops
)" + log + "{\"event\": \"step\", \"st");  // a kill cut the last line short: that is not worth a word
  const std::string out = succeed("train --resume --epochs 2 --out " + run).out;
  const std::string start = "warning: left out of the log: " + run + "/log.jsonl: line ";
  const std::string range = " is not a whole number within 0 .. 9223372036854775807\n";
  for (const std::string& said :
       {start + "1: [] is not an object\n", start + "2: 5 is not an object\n", start + "3: lacks 'step'\n",
        start + "4: step: \"x\"" + range, start + "5: step: 1.5" + range, start + "6: step: 1e+20" + range,
        start + "7: two members are called \"step\"\n", start + "8: not JSON: at line 1, column 1"}) {
    CAPTURE(said);
    CHECK(holds(out, said));
  }
  CHECK(!holds(out, start + "13"));
  CHECK(read_file(run / "log.jsonl").starts_with(log));
  CHECK(log_of(run).back()["epoch"] == 2);
}

TEST_CASE("what eval measured is checked when report reads it") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  succeed(kTiny + run);
  const std::string file = run + "/eval.json", again = "; measure the run again: nce eval --run " + run;
  const auto refused = [&](const std::string& text, const std::string& what) {
    folder.write("run/eval.json", text);
    check_refused("report " + run, 1, "nce: " + file + ": " + what + again + "\n");
  };
  const Result none = run_line("report " + run);
  CHECK(none.code == 1);
  CHECK(none.err ==
        "nce: " + run.string() + " is not measured yet, and is left out: nce eval --run " + run.string() + "\n");
  CHECK(none.out.empty());
  succeed("eval --no-baselines --run " + run);
  const json measured = json::parse(read_file(file));
  const auto changed = [&](const char* key, const json& value, const std::string& what) {
    json other = measured;
    other[key] = value;
    refused(other.dump(), what);
  };
  refused("[]", "[] is not an object");
  refused("{}", "lacks 'weights'");
  changed("weights", 5, "weights: 5 is not a text");
  changed("weights", "0123456789abcdef", "the run has been trained since");
  changed("knn", nullptr, "knn: null is not a number");
  changed("knn_200", "x", "knn_200: \"x\" is not a number");
  refused(R"({"knn": 0.5, "knn": 0.6})", "two members are called \"knn\"");
  refused(R"({"knn": 1e400})", "not JSON: number overflow parsing '1e400'");
}

TEST_CASE("the folder of a data set may have any name, and the run finds it again from everywhere") {
  TemporaryFolder folder;
  const std::string name = "a b#'\"\\\n\t\x7f\xc3\xa9%";
  for (const char* split : {"train", "t10k"}) write_idx(folder, name, split, squares(64));
  const std::string run = folder / ("run of " + name);
  const auto nce = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), NCE_PROGRAM);  // words with spaces in them
    const Result result = Process(arguments).wait();
    CAPTURE(result.err);
    CHECK(result.code == 0);
    return result.out;
  };
  nce({"train", "--data", "idx", "--root", folder / name, "--batch", "32", "--width", "4", "--epochs", "1", "--out",
       run});
  nce({"train", "--resume", "--epochs", "2", "--out", run});
  const json scores = json::parse(nce({"eval", "--no-baselines", "--json", "--run", run}));
  CHECK(scores["run"] == run);
  CHECK(holds(nce({"report", run}), "conv4 (width 4), info_nce 0.2, 2 epochs"));
}

TEST_CASE("a path behind a symbolic link is the system's, not that of its text") {
  TemporaryFolder folder;
  // "link/../set" is beside where the link leads, not beside the link.
  for (const char* split : {"train", "t10k"}) {
    write_idx(folder, "far/set", split, squares(64));
    write_idx(folder, "set", split, squares(96));
  }
  std::filesystem::create_directories(folder / "far/inner");
  std::filesystem::create_directory_symlink("far/inner", folder / "link");
  const std::string root = (folder / "link/../set").string(), run = folder / "run";
  const std::string out =
      succeed("train --data idx --batch 32 --width 4 --epochs 1 --root " + root + " --out " + run).out;
  CHECK(holds(out, "idx: 64 images 12 x 12 x 1"));
  CHECK(holds(read_file(folder / "run/config.toml"), "root = \"" + root + "\"\n"));
  succeed("eval --no-baselines --run " + run);
}

TEST_CASE("names that are not UTF-8 are used, and where they cannot be written that is said first") {
  TemporaryFolder folder;
  const std::string run = folder / "run\xff", shown = folder / "run\xef\xbf\xbd";
  succeed(kTiny + run);
  succeed("train --resume --epochs 2 --out " + run);
  CHECK(json::parse(succeed("eval --no-baselines --json --run " + run).out)["run"] == shown);
  CHECK(json::parse(read_file(std::filesystem::path(run) / "eval.json"))["run"] == shown);
  succeed("report " + run);

  for (const char* split : {"train", "t10k"}) write_idx(folder, "set\xff", split, squares(64));
  const std::string idx = "train --data idx --batch 32 --width 4 --epochs 1 --out " + folder / "idx --root ";
  check_refused(idx + folder / "set\xff", 2,
                "nce: [data] root: \"" + folder / "set\xef\xbf\xbd" +
                    "\" is not UTF-8, as config.toml must be; rename the folder, or give a symbolic link to it\n");
  CHECK(!std::filesystem::exists(folder / "idx"));
  std::filesystem::create_directory_symlink("set\xff", folder / "set");
  succeed(idx + folder / "set");
}
