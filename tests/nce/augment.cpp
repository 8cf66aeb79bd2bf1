// --augment, --views and their options: from the command line to config.toml and back.
#include "nce/data/views/catalogue.h"
#include "support/runs.h"

using namespace nce::test;

namespace {

const std::string kTiny = "train --limit 128 --batch 64 --encoder mlp --width 16 --head-dim 16 --epochs 1 ";

}  // namespace

TEST_CASE("a preset chooses the list and its options, and the run's config repeats it") {
  TemporaryFolder folder;
  const auto byol = folder / "byol", again = folder / "again", none = folder / "none";
  succeed(kTiny + "--augment byol --min-scale 0.3 --out " + byol);
  const std::string config = read_file(byol / "config.toml");
  for (const char* text :
       {"[augment]\nname = \"byol\"\n",
        "name = \"crop,flip,jitter,grey,blur/crop,flip,jitter,grey,blur2,solarize\"\nmin_scale = 0.3\n",
        "\nblur = 1\n", "\nblur2 = 0.1\n", "\nmin_sigma2 = 0.1\n", "\nsolarize = 0.2\n", "\nflip = 0\n"})
    CHECK_MESSAGE(holds(config, text), config);
  succeed("train --config " + byol / "config.toml" + " --out " + again);
  check_same_files(byol, again);
  // Another preset than the file's brings its own list.
  succeed("train --config " + byol / "config.toml" + " --augment none --out " + none);
  CHECK(holds(read_file(none / "config.toml"), "[augment]\nname = \"none\"\n\n[views]\nname = \"identity\"\n\n"));
  // Its own name says nothing new.
  succeed("train --config " + byol / "config.toml" + " --augment byol --overwrite --out " + again);
  check_same_files(byol, again);
  check_refused("train --resume --augment none --out " + byol, 2,
                "--augment none cannot change in a run that is continued");
}

TEST_CASE("a list is spelled out in a file or on the command line, also with a transform twice") {
  TemporaryFolder folder;
  folder.write(
      "c.toml",
      "[views]\nname = \"crop,blur,rotation,blur2/crop,rand_augment\"\nblur = 1\nmin_sigma2 = 0.5\nrand_ops = 3\n");
  succeed(kTiny + "--config " + folder / "c.toml" + " --blur2 0.9 --out " + folder / "run");
  const std::string config = read_file(folder / "run/config.toml");
  for (const char* text :
       {"\nblur = 1\n", "\nblur2 = 0.9\n", "\nmin_sigma2 = 0.5\n", "\nmin_sigma = 0.1\n", "\nrand_ops = 3\n"})
    CHECK_MESSAGE(holds(config, text), config);
  const std::string help = succeed("train --augment byol --help").out;
  for (const char* text :
       {"[byol]", "\n                             simclr: SimCLR's for large photographs", "\n  --blur2 N ",
        "crop keeps [0.08]", "[crop,flip,jitter,grey,blur/crop,flip,jitter,grey,blur2,solarize]"})
    CHECK_MESSAGE(holds(help, text), text);
  CHECK(!holds(succeed("train --help-all").out, "--blur2"));
  const std::pair<const char*, const char*> cases[] = {
      {"--augment dino", "--augment: there is no augment 'dino' here; there are simclr-cifar, simclr, "},
      {"--views crop//flip",
       "--views: crop//flip: a list beside a slash is empty; take the slash out, or fill the list"},
      {"--views crop,blur,blur", "--views: 'blur' is in the list twice; call the second one 'blur2'"},
      {"--views crop,zoom2", "--views: there is no views 'zoom2' here; "},
      {"--views /", "--views: needs a name; there are crop, "},
      {"--blur2 0.5",
       "--blur2 is an option of blur2, not of crop,flip,jitter,grey: add blur2 to --views or leave it out"},
      {"--views crop,blur2 --blur2 7", "--blur2: must be within 0 .. 1, got 7"},
      {"--views rand_augment --rand-from turn",
       "views: rand_from: RandAugment has no 'turn'; there are identity, "},
      {"--min-scale 0.9 --max-scale 0.5", "views: min_scale 0.9 is above max_scale 0.5"},
      {"--max-scale 0.1", "views: min_scale 0.4 is above max_scale 0.1"},  // by data set
      {"--local-crops-number 2 --local-crops-min-scale 0.9 --local-crops-max-scale 0.5",
       "local_crops: min_scale 0.9 is above max_scale 0.5"},
      {"--views padded_crop --padding 28 --padding-mode reflect", "a padding of 28 cannot be reflected from"}};
  for (const auto& [options, text] : cases) check_refused(kTiny + "--out " + folder / "x" + " " + options, 2, text);
}
