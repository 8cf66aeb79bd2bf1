#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "support/runs.h"

using namespace nce::test;

namespace {

const std::string kTiny = "train --limit 400 --batch 64 --encoder mlp --width 16 --log-every 1 --out ";

// What page.js gets, from a page.
json data_of(const std::string& page) {
  const std::string begin = "id=\"report\">", end = "</script>";
  const size_t from = page.find(begin) + begin.size();
  return json::parse(page.substr(from, page.find(end, from) - from));
}

std::vector<std::string> ids_of(const json& data) {
  std::vector<std::string> ids;
  for (const json& part : data["parts"]) ids.push_back(part["id"]);
  return ids;
}

const json& part_of(const json& data, const std::string& id) {
  for (const json& part : data["parts"])
    if (part["id"] == id) return part;
  FAIL("no part " << id);
  return data;
}

}  // namespace

TEST_CASE("report --out writes one page with every part and its numbers, and nothing from outside") {
  TemporaryFolder folder;
  const std::string a = folder / "a", b = folder / "b", file = folder / "report.html";
  succeed(kTiny + a + " --epochs 2");
  succeed(kTiny + b + " --epochs 2 --loss sc_info_nce --seed 2");
  succeed("eval --no-baselines --run " + a);
  const json scores = json::parse(read_file(a + "/eval.json"));
  const std::string said = succeed("report " + a + " " + b + " --out " + file).out;
  CHECK(holds(said, file + ": "));
  const std::string page = read_file(file);
  for (const char* outside : {"src=\"http", "href=\"http", "url(http", "@import", "fetch("})
    CHECK(!holds(page, outside));
  const json data = data_of(page);
  CHECK(data["title"] == "2 runs: info_nce, sc_info_nce on glyphs");
  CHECK(ids_of(data) == std::vector<std::string>{"results", "curves", "map", "similarity", "confusion", "states",
                                                 "spectrum", "settings"});
  for (const json& part : data["parts"]) {
    CAPTURE(part["id"].get<std::string>());
    CHECK(!part.contains("missing"));
    CHECK(part["read"].get<std::string>().size() > 40);
  }
  const json& row = part_of(data, "results")["tables"][0]["rows"][0];
  CHECK(row[1] == a);
  CHECK(std::stod(row[2].get<std::string>()) == doctest::Approx(100 * scores["knn"].get<double>()).epsilon(0.01));
  const json& loss = part_of(data, "curves")["panels"][0];
  REQUIRE(loss["title"] == "loss");
  REQUIRE(loss["series"].size() == 2);
  const auto steps = log_of(b, "step");
  REQUIRE(loss["series"][1]["points"].size() == steps.size());
  CHECK(loss["series"][1]["points"].back() == json{2.0, steps.back()["loss"]});
  CHECK(loss["rules"][0]["y"].get<double>() == doctest::Approx(std::log(64)));
  CHECK(part_of(data, "map")["points"].size() == 1000);
  const json& confusion = part_of(data, "confusion")["panels"][0];
  double right = 0;  // each class has 100 of the 1000 examples
  for (int i = 0; i < 10; ++i) {
    double row = 0;
    for (const json& share : confusion["values"][i]) row += share.get<double>();
    CHECK(row == doctest::Approx(1));
    right += confusion["values"][i][i].get<double>() / 10;
  }
  CHECK(holds(confusion["title"], fmt::format(": {:.1f} % of 1000 right", 100 * right)));
  CHECK(part_of(data, "states")["panels"].size() == 3);
}

TEST_CASE("a page shows what there is of runs that go on, and says what is missing") {
  TemporaryFolder folder;
  const std::string run = folder / "run", file = folder / "r.html";
  succeed(kTiny + run + " --epochs 1");
  std::filesystem::remove(run + "/checkpoint.safetensors");
  folder.write("run/log.jsonl", read_file(run + "/log.jsonl") + "{\"event\": \"st");
  const Result result = succeed("report " + run + " --out " + file);
  CHECK(holds(result.err, run + " is not measured yet"));
  const json data = data_of(read_file(file));
  CHECK(ids_of(data)[0] == "curves");
  CHECK(!part_of(data, "curves").contains("missing"));
  CHECK(holds(part_of(data, "map")["missing"],
              "Not shown: " + run + "/checkpoint.safetensors: there is no checkpoint yet"));
  // A text of the runs cannot end the script that it stands in.
  const std::string named = folder / "x<script>alert(1)<";
  std::filesystem::rename(run, named);
  succeed("report " + named + " --out " + file);
  CHECK(data_of(read_file(file))["parts"].size() == data["parts"].size());
  const std::string page = read_file(file), json = page.substr(page.find("id=\"report\">") + 12);
  CHECK(json.substr(0, json.find("</script>")).find('<') == std::string::npos);
  check_refused("report " + named + " --csv --out " + file, 2, "--csv, --json and --out exclude each other");
  check_refused("report " + named + " --out " + folder.path().string() + "/none/r.html", 1, "none/r.html");
}
