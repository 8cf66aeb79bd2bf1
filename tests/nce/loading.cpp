// What an epoch shows, by the command line: samplers, the last batch, local crops.
#include <csignal>

#include "support/runs.h"

using namespace nce::test;

TEST_CASE("multi-crop and classes side by side: stopped within an epoch, a run goes on to the same bits") {
  TemporaryFolder folder;
  const std::string options =
      "train --limit 192 --batch 32 --width 8 --epochs 2 --log-every 1 --loss sup_con --sampler m_per_class "
      "--sampler-m 8 --local-crops-number 3 --local-crops-size 12 --out ";
  const auto whole = folder / "whole", stopped = folder / "stopped";
  const std::string said = succeed(options + whole + " --threads 2").out;
  CHECK(holds(said, "2 x 6 steps of 32 examples, 2 views and 3 local ones each"));
  CHECK(holds(said, "sampler: m_per_class (m 8)"));
  const std::string config = read_file(whole / "config.toml");
  CHECK(holds(config,
              "local_crops_number = 3\nlocal_crops_size = 12\nlocal_crops_min_scale = 0.4\n"
              "local_crops_max_scale = 1\n"));
  CHECK(holds(config, "[sampler]\nname = \"m_per_class\"\nm = 8\n"));
  Process process(words(options + stopped + " --threads 1"));
  REQUIRE(eventually([&] {
    return std::filesystem::exists(stopped / "log.jsonl") && read_file(stopped / "log.jsonl").size() > 400;
  }));
  process.kill(SIGINT);
  CHECK(process.wait().code == 130);
  succeed("train --resume --out " + stopped);
  CHECK(read_file(whole / "checkpoint.safetensors") == read_file(stopped / "checkpoint.safetensors"));
  CHECK(json::parse(succeed("eval --no-baselines --json --run " + whole).out)["knn"].get<double>() > 0.1);
}

TEST_CASE("a run keeps its last batch where it is asked to, and draws by weights of a file, in every domain") {
  TemporaryFolder folder;
  std::string weights;
  for (int i = 0; i < 100; ++i) weights += i < 50 ? "0\n" : "1.5\n";
  const std::string file = folder.write("weights.txt", weights);
  const auto steps = [&](const std::string& options) {
    const std::string out = folder / options.substr(options.rfind(' ') + 1);
    succeed("train --batch 32 --epochs 1 --log-every 1 " + options + " --out " + out, NCE_OWN_THINGS);
    return log_of(out, "step").size();
  };
  CHECK(steps("--limit 100 --width 8 --drop-last=false --seed 1") == 4);
  CHECK(steps("--limit 97 --width 8 --drop-last=false --seed 2") == 3);  // one image has nothing beside it
  CHECK(steps("--limit 100 --width 8 --sampler weighted --sampler-weights " + file + " --seed 3") == 3);
  CHECK(steps("--data clouds --size 100 --sampler weighted --sampler-weights " + file + " --seed 4") == 3);
  const std::string more = "train --resume --epochs 2 --out " + folder / "3";
  folder.write("weights.txt", "7" + weights);
  check_refused(more, 1,
                "3: the file of --sampler-weights has other weights than those that the run began with (digest ");
  folder.write("weights.txt", weights);
  succeed(more);
  CHECK(steps("--data clouds --size 100 --drop-last=false --sampler m_per_class --sampler-m 16 --seed 5") == 3);
}

TEST_CASE("what cannot be drawn is refused before anything is written") {
  TemporaryFolder folder;
  const std::string out = folder / "x";
  const std::tuple<const char*, int, const char*> cases[] = {
      {"--encoder mlp --local-crops-number 2", 1,
       "mlp: was made for images of 784 values, got (1, 14, 14, 1); a convolutional encoder takes images of any size"},
      {"--loss is_info_nce --local-crops-number 2", 2,
       "is_info_nce takes 3 views of each example: it has no pairs of a local view and another one"},
      {"--views jitter --local-crops-number 2", 2,
       "local_crops: small views are cut by a crop; add crop to the transforms"},
      {"--local-crops-size 9", 2, "--local-crops-size has no effect without --local-crops-number"},
      {"--sampler m_per_class --batch 96", 1, "glyphs has 10: take m = 12, or a batch of 40"},
      {"--sampler weighted --sampler-weights nowhere", 1, "nowhere: cannot be opened"},
      {"--sampler-m 3", 2, "--sampler-m is an option of m_per_class, not of random"}};
  for (const auto& [options, code, text] : cases) check_refused("train --out " + out + " " + options, code, text);
  CHECK(!std::filesystem::exists(out));
}

TEST_CASE(
    "a batch that cannot be made ends a run with what was trained saved, and the run goes on to the same bits") {
  TemporaryFolder folder;
  const std::string file = folder / "stop", whole = folder / "whole", stopped = folder / "stopped";
  const std::string train =
      "train --data clouds --size 4800 --batch 16 --epochs 10 --log-every 1 --stop " + file + " --out ";
  Process process(words(train + stopped, NCE_OWN_THINGS));
  REQUIRE(eventually([&] {
    const std::string log = stopped + "/log.jsonl";
    return std::filesystem::exists(log) && read_file(log).size() > 400;
  }));
  folder.write("stop", "");
  const Result result = process.wait();
  CHECK(result.code == 1);
  CHECK(holds(result.err, "nce: the file " + file + " is there; training stops. Saved after step "));
  CHECK(holds(result.err, ": mend it, and go on with: nce train --out " + stopped + " --resume"));
  std::filesystem::remove(file);
  succeed("train --resume --out " + stopped, NCE_OWN_THINGS);
  succeed(train + whole, NCE_OWN_THINGS);
  CHECK(read_file(whole + "/checkpoint.safetensors") == read_file(stopped + "/checkpoint.safetensors"));
}
