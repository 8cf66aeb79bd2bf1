// A folder of pictures, as a user has one: with files that cannot be decoded, without labels, and changed in mid-run.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "support/runs.h"

using namespace nce::test;
namespace fs = std::filesystem;

namespace {

const std::string kTrain =
    "train --data folder --image-size 8 --cache-mb 0 --encoder mlp --width 8 --batch 8 --log-every 1 --threads 1 ";

std::string grey(int side, int value) {
  return "P5 " + std::to_string(side) + " " + std::to_string(side) + " 255\n" +
         std::string(size_t(side) * size_t(side), char(value));
}

// 16 pictures in each of the folders.
void write_pictures(const TemporaryFolder& folder, const std::vector<std::string>& below) {
  for (size_t c = 0; c < below.size(); ++c)
    for (int i = 0; i < 16; ++i)
      folder.write(below[c] + std::to_string(10 + i) + ".pgm", grey(12, 7 * i + 100 * int(c)));
}

}  // namespace

TEST_CASE("a picture that is spoiled or gone in mid-run is named, and what was trained goes on when it is back") {
  const TemporaryFolder folder;
  write_pictures(folder, {"in/cats/", "in/dogs/"});
  const fs::path picture = folder / "in/cats/13.pgm", run = folder / "run", aside = folder / "aside.pgm";
  const std::string root = "--root " + folder / "in" + " --test-fraction 0 --out " + run;
  folder.write("words.pgm", "These are words.");
  for (const bool gone : {false, true}) {
    Process process(words(kTrain + root + " --epochs 1000000" + (gone ? " --resume" : "")));
    const size_t before = gone ? log_of(run, "epoch").size() : 0;
    REQUIRE(eventually([&] {
      return fs::exists(run / "log.jsonl") && fs::exists(run / "checkpoint.safetensors") &&
             read_file(run / "log.jsonl").size() > 1000 * (before + 2);
    }));
    fs::copy_file(picture, aside);
    if (gone)
      fs::remove(picture);
    else
      fs::rename(folder / "words.pgm", picture);
    const Result result = process.wait();
    CAPTURE(result.err);
    CHECK(result.code == 1);
    CHECK(holds(result.err, " (cats/13.pgm): "));
    CHECK(holds(result.err, gone ? "No such file" : "is no JPEG, PNG, BMP, GIF, PGM or PPM file"));
    CHECK(holds(result.err, "; training stops. Saved after "));
    fs::rename(aside, picture);
  }
}

TEST_CASE("Ctrl-C while pictures are decoded ends at once, and no run is begun") {
  const TemporaryFolder folder;
  folder.write("large.pgm", grey(4000, 1));
  fs::create_directories(folder / "in");
  for (int i = 0; i < 400; ++i)
    fs::create_symlink(folder / "large.pgm", folder / "in" / (std::to_string(i) + ".pgm"));
  Process process(words(kTrain + "--root " + folder / "in" + " --out " + folder / "run"));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  process.kill(SIGINT);
  CHECK(process.wait().code == -SIGINT);
  CHECK(!fs::exists(folder / "run"));
}

TEST_CASE("a flat folder is trained on and embedded by name, bad files are left out, and eval says what it lacks") {
  const TemporaryFolder folder;
  write_pictures(folder, {"in/"});
  folder.write("in/words.png", "These are words.");
  const std::string run = folder / "run", train = kTrain + "--epochs 1 --root " + folder / "in" + " --out " + run;
  check_refused(train, 1, "/in/words.png: is no JPEG, PNG, BMP, GIF, PGM or PPM file, whatever its name says; ");
  CHECK(!fs::exists(run));
  CHECK(holds(succeed(train + " --skip-bad").out, "folder: 1 file left out that cannot be decoded, the first "));
  CHECK(holds(succeed("eval --run " + run).out, "folder: no labels: there is nothing to classify\n"));
  check_refused("embed --run " + run + " --out " + folder / "e.npy", 1,
                "--split train embeds those that it learned");
  succeed("embed --split train --run " + run + " --out " + folder / "e.npy");
  const std::string names = read_file(folder / "e.names.txt");
  CHECK(names.starts_with("10.pgm\n11.pgm\n12.pgm\n"));
  CHECK(std::count(names.begin(), names.end(), '\n') == 16);
  succeed("report " + run + " --out " + folder / "page.html");
  CHECK(holds(read_file(folder / "page.html"), "\"12.pgm\""));
}
