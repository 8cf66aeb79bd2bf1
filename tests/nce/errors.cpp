#include "support/runs.h"

using namespace nce::test;

TEST_CASE("a wrong command line is refused with exit code 2 and says what is wrong") {
  TemporaryFolder folder;
  const std::string out = folder / "run", train = "train --out " + out;
  const std::string config = folder.write("config.toml", "[loss]\ntemprature = 0.2\n");
  const std::pair<std::string, std::string> cases[] = {
      {"", "Usage: nce COMMAND [OPTIONS]\n\nCommands:\n  train "},
      {"trian",
       "there is no command 'trian'; did you mean train? There are train, eval, embed, report, compare, watch, check-loss, theory, playground"},
      {"fit",
       "there is no command 'fit'; there are train, eval, embed, report, compare, watch, check-loss, theory, playground, data\n`nce --help` lists the commands."},
      {"--out x train", "'--out' stands before the command; options come after it"},
      {train + " 0.1 --learning-rate",
       "`nce train` has no option --learning-rate; did you mean --lr?\n`nce train --help` lists the options."},
      {train + " --batch-size=3", "`nce train` has no option --batch-size; did you mean --batch?"},
      {train + " --divergence", "--divergence: its value is missing"},
      {train + " --loss --lr 1", "--loss: its value is missing; --lr follows it"},
      {train + " --lr 1 --lr 2", "--lr is given 2 times; give it once"},
      {train + " extra", "'extra' belongs to no option\n"},
      {train + " --resume=maybe", "--resume: 'maybe' is neither true nor false"},
      {train + " --threads 99999999999", "--threads: '99999999999' is too large or too small"},
      {"eval runs/a", "'runs/a' belongs to no option; did you mean --run runs/a?"},
      {"eval --run a --epochs 3", "`nce eval` has no option --epochs; it is an option of train, compare, theory"},
      {"embed --run a --out b.npy --split tran",
       "--split: there is no 'tran' here; did you mean train? There are train, test"},
      {"check-loss info_nce --num-views 1", "--num-views: must be at least 2, got 1"},
      {"report", "RUN is needed: folders of runs that nce eval has measured"},
      {train + " --root .",
       "--root is an option of mnist, fashion_mnist, kmnist, emnist, cifar10, cifar100, stl10, folder, idx, npy, "},
      {train + " --loss f_micl --order 2",
       "--order has no effect without --divergence tsallis: add it, or leave --order out"},
      {train + " --loss triplet --soft --margin 1",
       "--margin has no effect without --soft=false: add it, or leave --margin out"},
      {"check-loss gkcl --kernel riesz --c 3", "--c has no effect without --kernel imq"},
      {train + " --optimizer sgd --nesterov --momentum 0", "--nesterov has no effect without --momentum above 0"},
      {"train", "--out is needed"},
      {train + " --epoch 3", "`nce train` has no option --epoch; did you mean --epochs?"},
      {train + " --loss infonce",
       "--loss: there is no loss 'infonce' here; did you mean info_nce? There are nt_xent, info_nce, "},
      {train + " --delta 1.2", "--delta is an option of sc_info_nce, not of info_nce"},
      {train + " --loss gkcl --temperature 0.1", "--temperature is an option of nt_xent, info_nce, "},
      {train + " --loss nt_xent --tau-plus 0.2",
       "--tau-plus is an option of debiased_info_nce, hard_info_nce, not of nt_xent: choose one of these with "
       "--loss or leave it out"},
      {train + " --loss hard_info_nce --tau-plus 1", "--tau-plus: must be at least 0 and below 1, got 1"},
      {train + " --loss f_micl --divergence l2", "--divergence: 'l2' is not one of kl, chi2, js,"},
      {train + " --data imagenet", "--data: there is no data 'imagenet' here; there are glyphs, "},
      {train + " --encoder vgg", "--encoder: there is no encoder 'vgg' here; there are mlp, conv4, "},
      {train + " --temperature 0", "--temperature: must be above 0, got 0"},
      {train + " --temperature -1", "--temperature: must be above 0, got -1"},
      {train + " --threads -1", "--threads: must be at least 0, got -1"},
      {train + " --threads 010", "--threads: '010' is not a whole number in decimal"},
      {"theory --synthetic --seed 0x10", "--seed: '0x10' is not a whole number in decimal"},
      {"theory --batch 10,010", "--batch: '010' is not a whole number in decimal"},
      {train + " --learn-temperature --temperature 0.005",
       "[loss] info_nce: temperature: one that is learned is kept at 0.01 or above, as OpenCLIP does: it cannot "
       "start at 0.005"},
      {train + " --init-prefix encoder.",
       "--init-prefix is of the file that --init-from names: give both, or neither"},
      {train + " --batch many", "--batch: 'many' is not a whole number"},
      {train + " --lr nan", "--lr: must be above 0, got nan"},
      {train + " --weight-decay inf", "--weight-decay: must be at least 0, got inf"},
      {train + " --warmup-epochs inf", "--warmup-epochs: must be at least 0, got inf"},
      {train + " --loss sc_info_nce --delta nan", "--delta: must be within -1000000 .. 1000000, got nan"},
      {train + " --loss f_micl --alpha -1", "--alpha: must be above 0, got -1"},
      {train + " --loss vicreg --variance inf", "--variance: must be at least 0, got inf"},
      {"check-loss sig_lip --bias nan", "--bias: must be within -1000000 .. 1000000, got nan"},
      {"check-loss triplet --margin -1", "--margin: must be at least 0, got -1"},
      {train + " --config " + config, config + ": [loss] temprature: unknown key; did you mean temperature?"},
      {train + " --config " + folder / "none.toml", "none.toml: cannot be opened"},
      {train + " --config " + folder.path(), "is a folder, not a file"},
      {train + " --resume", "there is no run in " + out},
      {"eval", "--run is needed: folder of a run"},
      {"eval --run " + out, "there is no run in " + out},
      {"embed --out features.csv --run " + out,
       "--out features.csv: must end in .npy, or .tsv for TensorBoard's projector"},
      {"report " + out, "there is no run in " + out},
  };
  for (const auto& [line, text] : cases) check_refused(line, 2, text);
  CHECK(!std::filesystem::exists(out));
}

TEST_CASE("values in a configuration file are checked like options") {
  TemporaryFolder folder;
  const auto refused = [&](const std::string& text, const std::string& message, const std::string& options = "") {
    const std::string config = folder.write("config.toml", text);
    check_refused("train --out " + folder / "run" + " --config " + config + options, 2, message);
  };
  refused("[loss]\nname = \"infonce\"\n",
          "config.toml: [loss] name: there is no loss 'infonce' here; did you mean info_nce? There are ");
  refused("[run]\nbatch = many\n", "config.toml: line 2: ");
  refused("[run]\nbatch = 6.5\n", "config.toml: [run] batch: '6.5' is not a whole number");
  refused("[loss]\ntemperature = 0\n", "config.toml: [loss] temperature: must be above 0, got 0");
  refused("[loss]\nname = \"nt_xent\"\ndelta = 1\n",
          "config.toml: [loss] delta is an option of sc_info_nce, not of nt_xent: add --loss sc_info_nce or leave "
          "it out");
  refused("[loss]\nname = \"nt_xent\"\n", "--beta is an option of hard_info_nce, not of nt_xent", " --beta 1");
  refused("[loss]\ntemperature = [0.1]\n",
          "config.toml: [loss] temperature: must be a text, a number, true or false");
  refused("[train]\nbatch = 64\n",
          "config.toml: [train] batch: unknown table [train]; there are data, augment, views, ");
  refused("[run]\nresume = true\n", "config.toml: [run] resume: unknown key");
  refused("loss = \"info_nce\"\ntemperature = 0.2\n",
          "config.toml: key 'loss' is in no table; keys belong in [data], ");
}

TEST_CASE("data that is missing or damaged is refused with exit code 1, before anything is written") {
  TemporaryFolder folder;
  const std::string out = " --out " + folder / "run", root = " --root " + folder.path();
  const std::string images = "MNIST/raw/train-images-idx3-ubyte", labels = "MNIST/raw/train-labels-idx1-ubyte";
  const auto refused = [&](const std::string& data, const std::string& text) {
    check_refused("train --data " + data + root + out, 1, text);
  };
  check_refused("train --data mnist" + out, 2, "--data mnist needs --root");
  check_refused("train --data glyphs --limit 100 --batch 256" + out, 1, "256");
  refused("mnist",
          "mnist: no folder " + folder / "MNIST/raw" + "; the root must be the folder that holds MNIST/raw");
  check_refused("train --data mnist --root /nowhere" + out, 1,
                "mnist: there is no folder /nowhere; --root names the folder that holds MNIST/raw");
  refused("cifar10", "cifar-10-batches-bin");
  folder.write(images, "not an idx file");
  folder.write(labels, std::string("\0\0\x08\x01\0\0\0\x01\x0b", 9));
  refused("mnist", "train-images-idx3-ubyte: magic number");
  check_refused("train" + root + out, 2, "not of glyphs: add --data mnist, or leave it out");
  folder.write(images, std::string("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01\x07", 17));
  refused("mnist", "train-labels-idx1-ubyte: label 11 at byte 8 is outside 0 .. 9");
  std::filesystem::remove(folder / images);
  folder.write(images + ".gz", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03\x63\x60", 12));
  refused("mnist", "train-images-idx3-ubyte.gz: ends too early at byte");
  CHECK(!std::filesystem::exists(folder / "run"));
}

TEST_CASE("a loss that is not a number stops the run, names the step, and leaves the last good checkpoint") {
  TemporaryFolder folder;
  const Result result = run_line(
      "train --limit 512 --batch 64 --encoder mlp --optimizer sgd --lr 1e25 --schedule constant --warmup-epochs 0 "
      "--checkpoint-every 1 --out " +
      folder / "run");
  CAPTURE(result.err);
  CHECK(result.code == 1);
  CHECK(holds(result.err, "the loss of step 2 of epoch 1 is"));
  CHECK(holds(result.err, "what was saved after step 1 of epoch 1 is kept"));
  CHECK(std::filesystem::exists(folder / "run/state.safetensors"));
}

TEST_CASE("an output folder that cannot be written to is said before training") {
  TemporaryFolder folder;
  const std::string file = folder.write("file", "in the way"), train = "train --limit 64 --batch 32 --out ";
  check_refused(train + file + "/run", 1, "cannot be made");
  check_refused(train + "/proc/nce", 1, "/proc/nce cannot be made");
}

TEST_CASE("a disk that fills up is said, and the former checkpoint stays whole") {
  TemporaryFolder folder;
  const auto run = folder / "run";
  succeed("train --limit 256 --batch 64 --epochs 1 --out " + run);
  const std::string state = read_file(run / "state.safetensors");
  const std::string checkpoint = read_file(run / "checkpoint.safetensors");
  const Result result = Process(words("train --resume --epochs 2 --out " + run), 100000).wait();
  CAPTURE(result.err);
  CHECK(result.code == 1);
  CHECK(holds(result.err,
              "state.safetensors cannot be written: File too large; a former file of that name is unchanged"));
  CHECK(read_file(run / "state.safetensors") == state);
  CHECK(read_file(run / "checkpoint.safetensors") == checkpoint);
  CHECK(!std::filesystem::exists(run / "state.safetensors.tmp"));
}

TEST_CASE("a file or an output that cannot be written is said, and no part of it is left") {
  TemporaryFolder folder;
  const auto out = folder / "out";
  // Without SIGXFSZ ignored by the one who starts it, as in a shell with a limit.
  const Result small = Process(in_shell("ulimit -f 1; exec $NCE theory > /dev/null --out " + out)).wait();
  CAPTURE(small.err);
  CHECK(small.code == 1);
  CHECK(holds(small.err, "free_logits.csv cannot be written: File too large"));
  CHECK(std::filesystem::is_empty(out));
  const Result full = Process(in_shell("exec $NCE theory --loss dcl > /dev/full")).wait();
  CHECK(full.code == 1);
  CHECK(holds(full.err, "standard output could not be written in full"));
}

TEST_CASE("a checkpoint of another architecture, or none at all, is refused by name") {
  TemporaryFolder folder;
  const auto narrow = folder / "narrow", wide = folder / "wide";
  succeed("train --limit 128 --batch 64 --epochs 1 --width 8 --out " + narrow);
  succeed("train --limit 128 --batch 64 --epochs 1 --width 16 --out " + wide);
  for (const char* name : {"checkpoint.safetensors", "state.safetensors"})
    folder.write(std::string("narrow/") + name, read_file(wide / name));
  const std::string name = narrow / "checkpoint.safetensors", eval = "eval --no-baselines --run " + narrow;
  check_refused(eval, 1,
                name +
                    ": load_state_dict: this is the state of another module:\n  shape: conv1.weight is "
                    "(8, 3, 3, 1) here and (16, 3, 3, 1) in what is loaded");
  check_refused("train --resume --epochs 2 --out " + narrow, 1,
                narrow.string() + "/state.safetensors: load_state_dict: this is the state of another module");
  folder.write("narrow/checkpoint.safetensors", read_file(wide / "checkpoint.safetensors").substr(0, 2000));
  check_refused(eval, 1, name + ":");
  std::filesystem::remove(name);
  check_refused("eval --run " + narrow, 1, name + ": there is no checkpoint yet");
}
