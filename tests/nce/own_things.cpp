// Things of an executable's own, through the program: own/main.cpp registers them in a line each.
#include "support/runs.h"

using namespace nce::test;

namespace {

// Trains, continues to the same bits, evaluates, embeds and reports.
void check_whole_life(const std::filesystem::path& whole, const std::filesystem::path& parts,
                      const std::string& options, const std::string& raw_key, const std::string& described) {
  const auto own = [](const std::string& line) { return succeed(line, NCE_OWN_THINGS).out; };
  const std::string train = "train --warmup-epochs 0 " + options + " --out ";
  own(train + whole + " --epochs 2");
  own(train + parts + " --epochs 1");
  own("train --resume --epochs 2 --out " + parts);
  check_same_files(whole, parts);

  const json scores = json::parse(own("eval --json --run " + whole));
  CHECK(scores["knn"].get<double>() > 0.5);
  CHECK(scores[raw_key]["linear"].get<double>() > 0.5);
  CHECK(scores["random_encoder"].contains("knn_200"));
  CHECK(holds(own("report " + whole), described));
  own("embed --run " + whole + " --out " + whole / "x.npy");
  own("theory --pairs 128 --run " + whole);
}

}  // namespace

TEST_CASE("an own data set, transform, encoder, optimiser and schedule live as the program's own do") {
  TemporaryFolder folder;
  check_whole_life(folder / "whole", folder / "parts",
                   "--data quarters --views crop,speckle --speckle 0.2 --encoder flat --outputs 10 --batch 64 "
                   "--optimizer gentle --lr 0.02 --schedule blinking --dark 0.1",
                   "raw_pixels", "| quarters | flat (outputs 10), info_nce 0.2, 2 epochs | ");
  const std::string help = run_line("train --help-all", NCE_OWN_THINGS).out;
  for (const char* text :
       {" quarters,", " speckle,", "\n  speckle:\n  --speckle N              largest change of a pixel [0.1]",
        " flat,", "\n  flat, line:\n  --outputs N              size of the features [flat 12; line 6]", " gentle",
        " blinking", "\n  blinking:\n  --dark N                 share of the rate in the other steps"})
    CHECK_MESSAGE(holds(help, text), text);
  const std::string config = read_file(folder / "whole/config.toml");
  for (
      const char* text :
      {"[data]\nname = \"quarters\"\n",
       "[views]\nname = \"crop,speckle\"\nmin_scale = 0.5\nmax_scale = 1\nratio = 0.75\ninterpolation = \"bicubic\"\nspeckle = 0.2\n",
       "[encoder]\nname = \"flat\"\noutputs = 10\n", "[schedule]\nname = \"blinking\"\ndark = 0.1\n"})
    CHECK_MESSAGE(holds(config, text), text);
}

TEST_CASE("another domain goes through the same program, and what it does not have is refused") {
  TemporaryFolder folder;
  check_whole_life(folder / "whole", folder / "parts",
                   "--data clouds --size 192 --jostle 0.2 --batch 64 --schedule constant", "raw_vectors",
                   "| clouds | line, info_nce 0.2, 2 epochs | ");
  succeed("train --data clouds --batch 64 --epochs 1 --loss is_info_nce --out " + folder / "three", NCE_OWN_THINGS);
  CHECK(holds(read_file(folder / "three/config.toml"), "num_views = 3"));
  const std::pair<const char*, const char*> cases[] = {
      {"--data clouds --encoder conv4", "--encoder: there is no encoder 'conv4' here; there is only line"},
      {"--data glyphs --encoder line", "--encoder: there is no encoder 'line' here; there are mlp, "},
      {"--data clouds --limit 5", "--limit is an option of glyphs, mnist, "},
      {"--data clouds --centres 1", "--centres: must be at least 2, got 1"},
      {"--speckle 0.1", "--speckle is an option of speckle, not of crop,flip,jitter,grey: add speckle to --views"}};
  for (const auto& [options, text] : cases)
    check_refused("train --out " + folder / "x" + " " + options, 2, text, NCE_OWN_THINGS);
}

TEST_CASE("an own data set draws its pictures when they are asked for, through training, resume and measurement") {
  TemporaryFolder folder;
  const auto own = [](const std::string& line) { return succeed(line, NCE_OWN_DATA).out; };
  const std::string train =
      "train --data stripes --noise 0.5 --limit 1024 --batch 64 --width 8 --schedule constant "
      "--warmup-epochs 0 --out ";
  own(train + folder / "whole" + " --epochs 2");
  own(train + folder / "parts" + " --epochs 1");
  own("train --resume --epochs 2 --out " + folder / "parts");
  check_same_files(folder / "whole", folder / "parts");
  CHECK(holds(read_file(folder / "whole/config.toml"), "[data]\nname = \"stripes\"\nlimit = 1024\n"));
  CHECK(holds(read_file(folder / "whole/config.toml"), "\nnoise = 0.5\n"));
  const json scores = json::parse(own("eval --json --run " + folder / "whole"));
  CHECK(scores["knn"].get<double>() > 0.9);
  CHECK(scores["raw_pixels"].contains("knn"));
  check_refused("train --out x --data stripes --noise 2", 2, "--noise: must be within 0 .. 1, got 2", NCE_OWN_DATA);
}

TEST_CASE("an own loss has an own option, in the help, in config.toml, in the report and in check-loss") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  const auto own = [](const std::string& line) { return succeed(line, NCE_OWN_LOSS).out; };
  own("train --limit 128 --batch 64 --width 8 --epochs 1 --loss my_loss --push 0.3 --out " + run);
  CHECK(holds(read_file(run / "config.toml"), "[loss]\nname = \"my_loss\"\ntemperature = 0.2\npush = 0.3\n"));
  CHECK(holds(own("train --loss my_loss --help"),
              "--push N                 how much nearer than a negative the positive must be"));
  own("eval --no-baselines --run " + run);
  CHECK(holds(own("report " + run), "my_loss 0.2 (push 0.3), 1 epoch"));
  CHECK(own("check-loss my_loss --push 0.3").starts_with("my_loss: all 10 checks hold\n"));
  check_refused("check-loss my_loss --push 3", 2, "--push: must be within 0 .. 2, got 3", NCE_OWN_LOSS);
  check_refused("train --out x --push 0.3", 2,
                "--push is an option of my_loss, not of info_nce: add --loss my_loss or leave it out",
                NCE_OWN_LOSS);
  check_refused("eval --run " + run, 2, "there is no loss 'my_loss' here");
}
