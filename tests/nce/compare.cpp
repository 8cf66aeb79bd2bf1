// nce compare: many runs from one file, their table, and two runs beside each other.
#include <fmt/format.h>

#include <cmath>

#include "compare/paired.h"
#include "compare/plan.h"
#include "support/golden.h"
#include "support/runs.h"
#include "usage.h"

using namespace nce;
using namespace nce::test;
using doctest::Approx;

namespace {

const std::string kFile = R"(
row = [{ loss = { name = "info_nce" } }, { loss = { name = "sc_info_nce", gamma = -0.2 } }]
[data]
name = "clouds"
size = 128
[run]
batch = 64
epochs = 1
seed = [1, 2]
)";

Result compare(const std::string& line) { return run_line("compare " + line, NCE_OWN_THINGS); }

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
  return lines;
}

std::vector<std::filesystem::path> runs_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> runs;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_directory()) runs.push_back(entry.path());
  std::sort(runs.begin(), runs.end());
  return runs;
}

}  // namespace

TEST_CASE("the paired t-test is scipy's") {
  for (const auto& golden : golden_file("ttest.json")) {
    const cli::Paired paired = cli::paired_t_test(golden["differences"].get<std::vector<double>>());
    CHECK(paired.mean == Approx(golden["mean"].get<double>()).epsilon(1e-12));
    CHECK(paired.error == Approx(golden["error"].get<double>()).epsilon(1e-12));
    CHECK(paired.p == Approx(golden["p"].get<double>()).epsilon(1e-9));
  }
  const std::vector<double> one{0.1}, same{0.1, 0.1, 0.1};
  CHECK((std::isnan(cli::paired_t_test(one).error) && std::isnan(cli::paired_t_test(one).p)));
  CHECK(std::isnan(cli::paired_t_test(same).p));
  CHECK(cli::paired_t_test({}).pairs == 0);
}

TEST_CASE("lists of data make tables, other lists make rows, and the command line wins") {
  TemporaryFolder folder;
  const cli::Sweep sweep = cli::read_sweep(folder.write("s.toml", R"(
table = [{ data.name = "glyphs", run.epochs = 2 }, { data.name = "glyphs", data.limit = [100, 200], encoder.width = 8 }]
row = [{ loss.name = "info_nce" }, { loss.name = "sc_info_nce", loss.delta = [0.5, 1], loss.gamma = [0, -0.2] }]
[run]
seed = [1, 2]
epochs = 3
)"));
  const auto runs = cli::plan(sweep, {});
  REQUIRE(runs.size() == 3 * 2 * 5);
  CHECK(runs[0].config.find("run", "epochs")->value == "2");
  CHECK(runs[1].config.find("loss", "delta")->value == "0.5");
  CHECK(runs[2].config.find("loss", "gamma")->value == "-0.2");
  CHECK((runs[10].table == 1 && runs[10].config.find("data", "limit")->value == "100"));
  CHECK(runs[10].config.find("run", "epochs")->value == "3");
  CHECK(runs[29].config.find("run", "seed")->value == "2");
  const auto of_line = cli::plan(sweep, {{"run", "seed", "7", "--seed"}, {"run", "epochs", "1", "--epochs"}});
  CHECK(of_line.size() == 15);
  for (const auto& run : of_line) CHECK(run.config.find("run", "epochs")->value == "1");
  CHECK(cli::plan(sweep, {{"data", "limit", "50", "--limit"}}).size() == 20);  // two of the tables are the same now
  // A folder's name says the settings alone: other rows of the file do not change it.
  const auto fewer = cli::plan({.shared = sweep.shared, .tables = {sweep.tables[0]}, .rows = {sweep.rows[1]}}, {});
  CHECK(fewer[0].name == runs[1].name);
  CHECK_THROWS_WITH_AS(cli::plan({}, {{"run", "seed", "1", "--seed"}, {"run", "seed", "1", "--seed"}}),
                       "the comparison has this run twice: conv4, info_nce 0.2, seed 1", cli::UsageError);
  CHECK_THROWS_WITH_AS(cli::plan(sweep, {}, 29),
                       "the comparison has more than 29 runs; give its lists fewer values", cli::UsageError);
  std::vector<cli::Given> seeds;
  for (const char* key : {"seed", "epochs", "batch", "log_every", "clip", "threads"})
    for (int i = 0; i < 100; ++i) seeds.push_back({"run", key, std::to_string(i), ""});  // 10^12 runs
  CHECK_THROWS_WITH_AS(cli::plan({.shared = seeds}, {}),
                       "the comparison has more than 10000 runs; give its lists fewer values", cli::UsageError);
}

TEST_CASE("a comparison makes its runs, goes on where it was stopped, and says what differs from the first row") {
  TemporaryFolder folder;
  const auto out = folder / "runs";
  const std::string file = folder.write("s.toml", kFile), line = file + " --out " + out;
  const Result first = compare(line + " --json --jobs 2");
  CAPTURE(first.err);
  REQUIRE(first.code == 0);
  CHECK(holds(first.err, "4 runs; 0 are there, 4 to make\n"));
  CHECK(holds(first.err, "[4/4] clouds-"));
  CHECK(holds(read_file(out / "report.html"), "4 runs: info_nce, sc_info_nce on clouds"));
  const std::vector<json> rows = lines_of(first.out);
  REQUIRE(rows.size() == 4 * 3);  // two baselines and two rows, three scores each
  const json& row = rows.back();  // the same by the runs' own files
  CHECK((row["features"] == "sc_info_nce 0.2 (gamma -0.2)" && row["score"] == "linear" && row["seeds"] == 2));
  std::map<std::string, std::map<int, double>> scores;
  for (const auto& run : runs_in(out)) {
    const json eval = json::parse(read_file(run / "eval.json"));
    const std::string config = read_file(run / "config.toml");
    scores[eval["loss"] == "info_nce"      ? "first"
           : holds(config, "gamma = -0.2") ? "row"
                                           : "other"][eval["seed"]] = eval["linear"];
  }
  CHECK(row["mean"].get<double>() == Approx((scores["row"][1] + scores["row"][2]) / 2));
  CHECK(row["difference"].get<double>() ==
        Approx((scores["row"][1] + scores["row"][2] - scores["first"][1] - scores["first"][2]) / 2));

  // The page has the same table.
  const json tests = data_of(read_file(out / "report.html"))["parts"][0]["tables"][0];
  CHECK(tests["columns"].dump() ==
        R"(["features","seeds","kNN 20","less first","p","kNN 200","less first","p","linear","less first","p"])");
  CHECK(tests["baselines"] == json{0, 1});
  REQUIRE(tests["rows"].size() == 4);
  CHECK((tests["rows"][2][9] == "" && tests["rows"][3][0] == row["features"]));
  CHECK(tests["rows"][3][9].get<std::string>().starts_with(
      fmt::format("{:+.2f} ± ", 100 * row["difference"].get<double>())));

  // What is done is not done again; what is missing is; what is damaged is said, and the rest goes on.
  const auto runs = runs_in(out);
  REQUIRE(runs.size() == 4);
  std::filesystem::remove(runs[0] / "eval.json");
  std::filesystem::remove_all(runs[1]);
  folder.write("runs/" + runs[3].filename().string() + "/state.safetensors", "none");
  std::filesystem::copy(runs[2], out / "older", std::filesystem::copy_options::recursive);
  const Result again = compare(line + " --no-report");
  CAPTURE(again.out);
  CHECK(again.code == 1);
  CHECK(holds(again.out, "4 runs; 1 are there, 2 to make\n"));
  CHECK(holds(again.out, "runs of other settings, or of another version of nce, are left out: 1 in "));
  CHECK(holds(again.out, runs[0].filename().string() + ": measured "));
  CHECK(holds(again.out, runs[1].filename().string() + ": trained "));
  CHECK(holds(again.out, "| sc_info_nce 0.2 (gamma -0.2) | 2 | "));
  CHECK(holds(again.err, "nce: " + runs[3].filename().string() + ": " + runs[3].string() + "/state.safetensors"));
}

TEST_CASE("a run that fails is named with its error, and its row says how many there are") {
  TemporaryFolder folder;
  const Result failed = compare(
      "--data clouds --size 128 --batch 64 --epochs 2 --lr 0.01 --lr 1e38 --no-report --out " + folder / "runs");
  CAPTURE(failed.out);
  CAPTURE(failed.err);
  CHECK(failed.code == 1);
  CHECK(holds(failed.err, ": training failed: "));
  CHECK(holds(failed.err, "training stops"));
  CHECK(holds(failed.out, "| info_nce 0.2, lr 0.01 | 1 | "));
  CHECK(holds(failed.out, "| info_nce 0.2, lr 1e+38 | 0 of 1 | - |"));
}

TEST_CASE("a comparison that is stopped saves its runs, and the same line goes on with them") {
  TemporaryFolder folder;
  const auto out = folder / "runs";
  const std::vector<std::string> line =
      words("compare --data clouds --size 128 --batch 64 --epochs 1000000 --log-every 1 --no-report --out " + out,
            NCE_OWN_THINGS);
  const auto logged = [&](const std::string& text) {
    return eventually([&] {
      return std::filesystem::exists(out) && !runs_in(out).empty() &&
             std::filesystem::exists(runs_in(out)[0] / "log.jsonl") &&
             holds(read_file(runs_in(out)[0] / "log.jsonl"), text);
    });
  };
  for (const std::string event : {"\"step\":3,", "\"resume\""}) {
    Process process(line);
    REQUIRE(logged(event));
    process.kill(SIGTERM);
    const Result result = process.wait();
    CHECK(result.code == 128 + SIGTERM);
    CHECK(holds(result.out, "interrupted; all is saved. The same line goes on\n"));
    CHECK(holds(read_file(runs_in(out)[0] / "output.txt"), "interrupted after"));
  }
}

TEST_CASE("two runs are laid side by side, more make a table, and what cannot be compared is said") {
  TemporaryFolder folder;
  const auto a = folder / "a", b = folder / "b";
  const std::string train = "train --data clouds --size 128 --batch 64 --epochs 1 --out ";
  succeed(train + a, NCE_OWN_THINGS), succeed(train + b + " --jostle 0.5 --loss dcl", NCE_OWN_THINGS);
  succeed("eval --no-baselines --run " + a + " --run " + b, NCE_OWN_THINGS);
  const Result two = compare(a + " " + b);
  CAPTURE(two.out);
  REQUIRE(two.code == 0);
  CHECK(holds(two.out, "| [views] jostle | 0.3 | 0.5 |\n"));
  CHECK(holds(two.out, "| [loss] name | info_nce | dcl |\n"));
  CHECK(!holds(two.out, "temperature"));
  CHECK(holds(two.out, "\n| linear | "));
  succeed(train + folder / "c" + " --seed 2", NCE_OWN_THINGS);
  const Result more = compare(a + " " + b + " " + folder / "c" + " " + folder / "none");
  CHECK(more.code == 1);
  CHECK(holds(more.out, "| dcl 0.2, jostle 0.5 | 1 | "));
  CHECK(holds(more.err, folder / "c" + std::string(" is not measured yet: nce eval --run ")));
  CHECK(holds(more.err, "there is no run in " + folder / "none"));
  const std::string wrong = folder.write("w.toml", "[loss]\nname = \"dcl\"\ntemperatur = 1\n"),
                    rows = folder.write("r.toml", "rows = [{ loss.name = \"dcl\" }]\n"),
                    empty = folder.write("e.toml", "[run]\nseed = []\n");
  const std::pair<std::string, std::string> cases[] = {
      {a.string(), "one run has nothing to be compared with; name two or more"},
      {a + " " + b + " --epochs 2", "--epochs: runs that are there have their own settings; leave it out"},
      {wrong + " --out x", wrong + ": [loss] temperatur: unknown key; did you mean temperature?"},
      {rows + " --out x", "and the lists [[table]] and [[row]]; did you mean row?"},
      {empty + " --out x", empty + ": [run] seed: its list is empty"},
      {"--loss dcl", "--out is needed: the folder to write the runs to"},
      {"none.toml --out x", "none.toml: cannot be opened"},
      {"--jobs 0 --out x", "--jobs: must be at least 1, got 0"}};
  for (const auto& [line, text] : cases) check_refused("compare " + line, 2, text, NCE_OWN_THINGS);
}
