#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "support/runs.h"

using namespace nce::test;

namespace {

const std::string kTiny = "train --limit 400 --batch 64 --encoder mlp --width 16 --log-every 1 --out ";

// What page.js gets, from a page.
std::vector<std::string> ids_of(const json& data) {
  std::vector<std::string> ids;
  for (const json& part : data["parts"]) ids.push_back(part["id"]);
  return ids;
}

int matches(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

const json& part_of(const json& data, const std::string& id) {
  for (const json& part : data["parts"])
    if (part["id"] == id) return part;
  FAIL("no part " << id);
  return data;
}

std::string browser() {
  const Result found = Process(in_shell("command -v chromium chromium-browser google-chrome | head -1")).wait();
  return found.out.substr(0, found.out.find('\n'));
}

// Opens the page without a network in a browser, where there is one: nothing is said on its console, and each part is drawn.
// A request to the outside would be refused by the page itself, and said there.
void see_in_browser(const std::string& file, const json& data) {
  if (browser().empty()) return;
  const TemporaryFolder home;
  const Result seen =
      Process({browser(), "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + home / "profile",
               "--enable-logging=stderr", "--virtual-time-budget=4000", "--window-size=390,844", "--dump-dom",
               "file://" + file})
          .wait();
  CHECK(seen.code == 0);
  CHECK(!holds(seen.err, "CONSOLE"));
  // What start() adds: a section for each part, and what it draws.
  for (const json& part : data["parts"]) {
    CAPTURE(part["id"].get<std::string>());
    const size_t begin = seen.out.find("<section id=\"" + part["id"].get<std::string>() + "\"");
    REQUIRE(begin != std::string::npos);
    const std::string section = seen.out.substr(begin, seen.out.find("</section>", begin) - begin);
    CHECK(holds(section, part["kind"] == "tables" ? "<td" : "<svg"));
    if (part["kind"] == "map") CHECK(matches(section, "<circle ") == int(part["points"].size()));
    if (part["kind"] == "pictures")
      CHECK(matches(section, "<use ") == int(part["rows"].size() * part["rows"][0]["cells"].size()));
    if (part["kind"] != "tables") CHECK(holds(section, "save SVG"));
  }
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
  CHECK(ids_of(data) == std::vector<std::string>{"results", "curves", "views", "map", "neighbours", "similarity",
                                                 "matrix", "confusion", "states", "spectrum", "settings"});
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

  // All pictures are in one file: 1000 examples and the views of eight.
  CHECK(data["sprite"]["uri"].get<std::string>().starts_with("data:image/jpeg;base64,/9j/"));
  CHECK(data["sprite"]["width"] == 28);
  const json& views = part_of(data, "views")["rows"];
  REQUIRE(views.size() == 8);
  const json& pictures = part_of(data, "map")["pictures"];
  CHECK(pictures.size() == 1000);
  for (const json& row : views) {
    CHECK(row["cells"].size() == 9);
    CHECK(std::find(pictures.begin(), pictures.end(), row["cells"][0]["picture"]) != pictures.end());
    CHECK(row["cells"][8]["picture"].get<int>() >= 1000);
  }
  const json& near = part_of(data, "neighbours")["rows"][0];
  CHECK(near["cells"].size() == 9);
  CHECK(near["cells"][1].contains("right"));
  CHECK(near["cells"][0] == json{{"picture", views[0]["cells"][0]["picture"]}});
  // Samples sorted by class: groups follow each other; the mean of a class beside itself is above that of all.
  const json& matrix = part_of(data, "matrix");
  CHECK(matrix["size"] == 250);
  REQUIRE(matrix["groups"].size() == 10);
  for (size_t g = 1; g < 10; ++g) CHECK(matrix["groups"][g]["from"] == matrix["groups"][g - 1]["to"]);
  CHECK(matrix["panels"][0]["uri"].get<std::string>().starts_with("data:image/png;base64,iVBOR"));
  double own = 0, other = 0;
  for (size_t g = 0; g < 10; ++g)
    for (size_t h = 0; h < 10; ++h)
      (g == h ? own : other) += matrix["panels"][0]["means"][g][h].get<double>() / (g == h ? 10 : 90);
  CHECK(own > other);
  CHECK(matrix["panels"][0]["means"][2][7] == matrix["panels"][0]["means"][7][2]);
  CHECK(page.size() < 1'700'000);
  see_in_browser(file, data);
  if (browser().empty()) return;
  const std::string saved = folder / "pictures";
  CHECK(holds(succeed("report " + a + " --png " + saved).out, saved + ": "));
  for (const char* name : {"map", "matrix-projection", "curves-loss", "views", "confusion"}) {
    CAPTURE(name);
    CHECK(read_file(saved + "/" + name + ".png").starts_with("\x89PNG"));
  }
}

TEST_CASE("of several runs, those that cannot be read are said, on the page too, and the rest is shown") {
  TemporaryFolder folder;
  const std::string file = folder / "r.html";
  succeed(kTiny + folder / "other" + " --epochs 1 --loss t_simcne --head-dim 2");
  folder.write("old/config.toml", "[data]\nname = \"glyphs\"\nno_such_option = 3\n");
  const std::string none = folder / "none", old = folder / "old", other = folder / "other";
  check_refused("report " + none + " " + old + " " + other + " --out " + file, 1,
                "nce: there is no run in " + none);
  const json rest = data_of(read_file(file));
  CHECK(rest["title"] == "t_simcne on glyphs");
  CHECK(holds(part_of(rest, "map")["heading"],
              "1000 examples, the two outputs of the head of " + other));  // its own map
  const std::string said = rest["summary"].dump();
  CHECK(holds(said, "there is no run in " + none));
  CHECK(holds(said, "no_such_option"));
  CHECK(holds(said, other + " is not measured yet"));
  check_refused("report " + none + " " + old, 2, "there is no run in " + none);
  check_refused("report " + other + " --tables 1", 2, "--tables is of the page: add --out");
  check_refused("report " + other + " --out " + file + " --tables 1 2", 2,
                "--tables: they have 3 runs, but 1 are given");
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
  check_refused("report " + named + " --csv --png x", 2, "--csv, --json and --png exclude each other");
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  check_refused("report " + named + " --png x", 1, "--png: a browser draws the pictures, and there is none");
  setenv("PATH", path.c_str(), 1);
  check_refused("report " + named + " --csv --out " + file, 2, "--csv, --json and --out exclude each other");
  check_refused("report " + named + " --out " + folder.path().string() + "/none/r.html", 1, "none/r.html");
}

TEST_CASE("nce playground writes its page, or says how the program gets one") {
  TemporaryFolder folder;
  const Result result = run_line("playground --out " + folder / "page.html");
  if (result.code == 0) {  // built with -DNCE_PLAYGROUND
    const std::string page = read_file(folder / "page.html");
    CHECK(page.starts_with("<!doctype html>"));
    CHECK(holds(page, "nce_call"));
  } else {
    CHECK(result.code == 1);
    CHECK(holds(result.err,
                "was built without the playground. `bash examples/playground.sh --out FILE` makes the page"));
    CHECK(!std::filesystem::exists(folder / "page.html"));
  }
  check_refused("playground", 2, "--out");
}
