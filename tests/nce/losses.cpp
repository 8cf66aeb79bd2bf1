#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nce/losses/catalogue.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/optim/catalogue.h"
#include "nce/nn/optim/schedule.h"
#include "support/runs.h"

using namespace nce::test;

namespace {

// Two steps an epoch.
const std::string kTiny =
    "train --limit 128 --batch 64 --encoder mlp --width 16 --head-dim 16 --log-every 1 --out ";

// What a row of a catalogue is to be trained with, beside its name. A new row needs an entry here.
using Expected = std::map<std::string, std::string>;

template <class Row>
void check_all_train(const nce::Catalogue<Row>& rows, const std::string& flag, const Expected& expected) {
  TemporaryFolder folder;
  CHECK(expected.size() == nce::names_of(rows).size());
  for (const Row& row : rows) {
    CAPTURE(row.name);
    REQUIRE(expected.contains(row.name));
    const auto run = folder / row.name, again = folder / (row.name + "_again");
    succeed(kTiny + run + " --epochs 2 " + flag + " " + row.name + " " + expected.at(row.name));
    const std::vector<json> steps = log_of(run, "step");
    CHECK(steps.size() == 4);
    for (const json& step : steps) CHECK(std::isfinite(step["loss"].get<double>()));
    // The options are in config.toml, and it alone repeats the run.
    CHECK(holds(read_file(run / "config.toml"), "name = \"" + row.name + "\""));
    succeed("train --config " + run / "config.toml" + " --out " + again);
    check_same_files(run, again);
  }
}

// Every option of a loss, at another value than its default. Unset numbers and flags that are on are left alone, and so
// is what has no effect beside the other choices and flags.
std::string other_values(const nce::losses::KnownLoss& known) {
  std::string line;
  const auto loss = known.make();
  for (const nce::Option& option : nce::list_options(*loss)) {
    if (!option.choices.empty()) nce::set_options(*loss, {{option.name, option.choices.back()}});
    if (option.is_flag) nce::set_options(*loss, {{option.name, "true"}});
  }
  std::vector<nce::Option> defaults = nce::list_options(*known.make());
  for (const nce::Option& now : nce::list_options(*loss))
    if (!now.without.empty()) std::erase_if(defaults, [&](const nce::Option& o) { return o.name == now.name; });
  for (const nce::Option& option : defaults) {
    std::string flag = " --" + option.name;
    std::replace(flag.begin(), flag.end(), '_', '-');
    if (option.is_flag)
      line += option.value == "false" ? flag : "";
    else if (!option.choices.empty())
      line += flag + " " + option.choices.back();
    else if (!option.value.empty())
      line += fmt::format("{} {}", flag, std::stod(option.value) * 1.25);
  }
  return line;
}

}  // namespace

TEST_CASE("every loss trains by its name, with its own options, and its configuration repeats it") {
  Expected options;
  for (const auto& known : nce::losses::known_losses()) options[known.name] = other_values(known);
  check_all_train(nce::losses::known_losses(), "--loss", options);
}

TEST_CASE("every optimiser and every schedule trains by its name") {
  check_all_train(nce::nn::known_optimizers(), "--optimizer",
                  {{"sgd", "--nesterov"},
                   {"adam", "--beta1 0.8"},
                   {"adamw", ""},
                   {"sparse_adam", ""},
                   {"lars", "--momentum 0.8 --rate-in-momentum=false"}});
  check_all_train(nce::nn::known_schedules(), "--schedule",
                  {{"constant", ""},
                   {"step", "--step-size 2 --schedule-gamma 0.5"},
                   {"linear", "--final-factor 0.1"},
                   {"cosine", "--warmup-epochs 0"}});
}

TEST_CASE("what a loss learns is logged, saved, and goes on to the same bits") {
  TemporaryFolder folder;
  for (const std::string loss :
       {"info_nce --learn-temperature", "sig_lip --temperature 0.1", "negative_cosine --head-batch-norm"}) {
    CAPTURE(loss);
    const auto name = loss.substr(0, loss.find(' '));
    const auto whole = folder / (name + "_whole"), parts = folder / (name + "_parts");
    succeed(kTiny + whole + " --epochs 2 --schedule constant --loss " + loss);
    succeed(kTiny + parts + " --epochs 1 --schedule constant --loss " + loss);
    succeed("train --resume --epochs 2 --out " + parts);
    check_same_files(whole, parts);

    const std::vector<json> steps = log_of(whole, "step");
    REQUIRE(steps.size() == 4);
    const std::string state = read_file(whole / "state.safetensors");
    if (name == "negative_cosine") {
      CHECK(holds(state, "loss.predictor.0.weight"));
      CHECK(!steps[0].contains("temperature"));
    } else {
      CHECK(holds(state, "loss.logit_scale"));
      CHECK(steps[0]["temperature"] != steps[3]["temperature"]);
      CHECK(steps[3]["temperature"].get<double>() == doctest::Approx(name == "sig_lip" ? 0.1 : 0.2).epsilon(0.05));
      CHECK(steps[3].contains("bias") == (name == "sig_lip"));
    }
  }
}

TEST_CASE("every encoder trains by its name") {
  TemporaryFolder folder;
  const std::map<std::string, std::string> widths{
      {"mlp", "16"}, {"conv4", "4"}, {"resnet18", "4"}, {"resnet34", "4"}, {"resnet50", "2"}};
  for (const nce::nn::KnownEncoder& encoder : nce::nn::known_encoders()) {
    CAPTURE(encoder.name);
    REQUIRE(widths.contains(encoder.name));
    succeed("train --limit 32 --batch 16 --epochs 1 --encoder " + encoder.name + " --width " +
            widths.at(encoder.name) + " --out " + folder / encoder.name);
  }
}

TEST_CASE("a loss gets as many views as it needs, and more where it takes them") {
  TemporaryFolder folder;
  const auto first = [&](const std::string& run) { return log_of(folder / run, "step")[0]; };
  succeed(kTiny + folder / "three" + " --epochs 1 --loss is_info_nce");
  CHECK(holds(read_file(folder / "three/config.toml"), "num_views = 3"));
  succeed(kTiny + folder / "two" + " --epochs 1 --loss nt_xent");
  CHECK(holds(read_file(folder / "two/config.toml"), "num_views = 2"));
  for (const std::string loss : {"nt_xent", "sup_con"}) {
    CAPTURE(loss);
    const std::string options = " --num-views 4 --schedule constant --loss " + loss;
    const Result whole = succeed(kTiny + folder / loss + options + " --epochs 2");
    CHECK(holds(whole.out, "steps of 64 examples, 4 views each"));
    succeed(kTiny + folder / (loss + "_parts") + options + " --epochs 1 --threads 1");
    succeed("train --resume --epochs 2 --out " + folder / (loss + "_parts"));
    check_same_files(folder / loss, folder / (loss + "_parts"));
  }
  // The mean positive of four views and of two, among twice as many candidates.
  CHECK(first("nt_xent")["loss"].get<double>() > first("two")["loss"].get<double>() + 0.5);
  CHECK(first("nt_xent")["loss"] != first("sup_con")["loss"]);

  check_refused(
      kTiny + folder / "no" + " --num-views 4 --loss triplet", 2,
      "--num-views 4: triplet takes 2 views of each example; leave it out, or choose one of nt_xent, sup_con");
  check_refused(kTiny + folder / "no" + " --num-views 2 --loss is_info_nce", 2,
                "--num-views 2: is_info_nce takes 3 views of each example; leave it out, or choose one of nt_xent, "
                "info_nce, ");
  CHECK(!std::filesystem::exists(folder / "no"));
}

TEST_CASE("sup_con sees the labels: it trains otherwise than nt_xent, which it is without them") {
  TemporaryFolder folder;
  for (const std::string loss : {"sup_con", "nt_xent"})
    succeed(kTiny + folder / loss + " --epochs 1 --loss " + loss);
  CHECK(log_of(folder / "sup_con", "step")[0]["loss"] != log_of(folder / "nt_xent", "step")[0]["loss"]);
}
