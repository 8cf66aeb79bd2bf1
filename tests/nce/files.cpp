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
  check_refused("report " + run, 1, file + ": cannot be opened: No such file or directory" + again);
  refused("[]", "[] is not an object");
  refused("{}", "lacks 'knn'");
  refused(R"({"knn": null})", "knn: null is not a number");
  refused(R"({"knn": 0.5, "knn_200": "x"})", "knn_200: \"x\" is not a number");
  refused(R"({"knn": 0.5, "knn": 0.6})", "two members are called \"knn\"");
  refused(R"({"knn": 1e400})", "not JSON: number overflow parsing '1e400'");
}
