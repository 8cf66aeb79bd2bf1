#include "run/settings.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cmath>

#include "config.h"
#include "nce/data/catalogue.h"
#include "nce/losses/catalogue.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/optim/catalogue.h"
#include "nce/nn/optim/schedule.h"
#include "run/folder.h"
#include "usage.h"

namespace nce::cli {
namespace {

// What may differ when a run is continued: nothing that the steps already taken depended on.
const std::set<std::string> kFreeToChange{"epochs", "log-every", "checkpoint-every", "out", "root"};

template <class Row>
std::vector<std::string> names_of(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.name);
  return names;
}

void require(bool holds, const char* option, const auto& value, const char* what) {
  if (!holds) throw UsageError(fmt::format("--{} {}: {}", option, value, what));
}

// Refuses what can be seen to be wrong before any data is read.
void validate(const TrainSettings& s) {
  if (!data::find_dataset(s.data).folder.empty() && s.root.empty())
    throw UsageError(fmt::format("--data {} needs --root, the folder that the data set is in", s.data));
  validate_loss_options(s.loss_settings);
  require(s.batch >= 2, "batch", s.batch, "must be at least 2: a pair needs another pair to be told from");
  require(s.epochs >= 1, "epochs", s.epochs, "must be at least 1");
  require(s.limit >= 0, "limit", s.limit, "must be a number of images, or 0 for all");
  require(!s.lr || (*s.lr > 0 && std::isfinite(*s.lr)), "lr", s.lr.value_or(0), "must be above 0");
  require(s.weight_decay.value_or(0) >= 0 && std::isfinite(s.weight_decay.value_or(0)), "weight-decay",
          s.weight_decay.value_or(0), "must be a number, not negative");
  require(!s.momentum || (*s.momentum >= 0 && *s.momentum < 1), "momentum", s.momentum.value_or(0),
          "must be at least 0 and below 1");
  require(!s.momentum || s.optimizer == "sgd" || s.optimizer == "lars", "momentum", s.momentum.value_or(0),
          "only sgd and lars have one");
  require(s.clip_norm >= 0, "clip-norm", s.clip_norm, "must be a largest norm, or 0 for no clipping");
  require(s.warmup_epochs >= 0 && std::isfinite(s.warmup_epochs), "warmup-epochs", s.warmup_epochs,
          "must be a number of epochs, not negative");
  require(s.width >= 0, "width", s.width, "must be a number of channels, or 0 for the encoder's own");
  require(s.head_hidden >= 0, "head-hidden", s.head_hidden, "must be a size, or 0 for that of the features");
  require(s.head_dim >= 1, "head-dim", s.head_dim, "must be at least 1");
  require(s.log_every >= 1, "log-every", s.log_every, "must be at least 1");
  require(s.checkpoint_every >= 0, "checkpoint-every", s.checkpoint_every, "must be steps, or 0 for epochs alone");
  require(!s.min_scale || (*s.min_scale > 0 && *s.min_scale <= 1), "min-scale", s.min_scale.value_or(0),
          "must be above 0 and at most 1");
  require(!s.color_strength || (*s.color_strength >= 0 && *s.color_strength <= 2), "color-strength",
          s.color_strength.value_or(0), "must be within 0 .. 2");
  require(!s.flip || (*s.flip >= 0 && *s.flip <= 1), "flip", s.flip.value_or(0), "must be within 0 .. 1");
}

std::vector<std::string> given_loss_options(const CLI::App& command) {
  std::vector<std::string> given;
  for (const std::string& option : loss_options())
    if (command.get_option("--" + option)->count() > 0) given.push_back(option);
  return given;
}

// An option that the loss has no use for is a mistake worth a word.
void refuse_options_of_other_losses(const std::vector<std::string>& given, const std::string& loss) {
  for (const std::string& option : given) {
    if (takes(loss, option)) continue;
    const auto owners = losses_with(option);
    throw UsageError(
        fmt::format("--{} is an option of {}, not of {}: {} or leave it out", option, fmt::join(owners, ", "), loss,
                    owners.size() == 1 ? "add --loss " + owners[0] : "choose one of these with --loss"));
  }
}

}  // namespace

void validate_loss_options(const LossSettings& s) {
  require(s.temperature > 0 && std::isfinite(s.temperature), "temperature", s.temperature,
          "must be above 0 (0.05 to 1 are usual)");
  require(s.tau_plus >= 0 && s.tau_plus < 1, "tau-plus", s.tau_plus, "must be at least 0 and below 1");
  const auto above = [](double least, const char* option, double value, const char* what) {
    require(value > least && std::isfinite(value), option, value, what);
  };
  above(0, "sigma", s.sigma, "must be above 0");
  above(0, "kernel", s.kernel, "must be above 0");
  above(1, "order", s.order, "must be above 1");
  above(0, "alpha", s.alpha, "must be above 0");
  const auto not_negative = [](const char* option, double value) {
    require(value >= 0 && std::isfinite(value), option, value, "must be a number, not negative");
  };
  not_negative("beta", s.beta), not_negative("margin", s.margin), not_negative("energy", s.energy);
  not_negative("lambda", s.lambda);
  not_negative("invariance", s.invariance), not_negative("variance", s.variance);
  not_negative("covariance", s.covariance);
  constexpr double kLargest = 1e6;  // of numbers whose difference is to be seen
  for (const auto& [option, value] :
       {std::pair("delta", s.delta), std::pair("gamma", s.gamma.value_or(0)), std::pair("bias", s.bias)})
    require(std::abs(value) <= kLargest, option, value, "must be a number within -1e6 .. 1e6");
}

void add_loss_options(CLI::App& command, LossSettings& s) {
  const std::string group = "Loss";
  const auto add = [&](const std::string& name, auto& value, const std::string& help) {
    return command.add_option("--" + name, value, fmt::format("{}: {}", fmt::join(losses_with(name), ", "), help))
        ->group(group);
  };
  const auto add_flag = [&](const std::string& name, bool& value, const std::string& help) {
    command.add_flag("--" + name, value, fmt::format("{}: {}", fmt::join(losses_with(name), ", "), help))
        ->group(group);
  };
  const auto one_of = [](std::vector<std::string> names) { return CLI::IsMember(std::move(names)); };
  command.add_option("--temperature", s.temperature, "Temperature of the similarities")->group(group);
  add_flag("learn-temperature", s.learn_temperature, "learn it, from --temperature on");
  add_flag("symmetric", s.symmetric, "the mean of both directions");
  add_flag("both-views", s.both_views, "negatives from both views");
  add("delta", s.delta, "scale of the target");
  add("gamma", s.gamma, "bias of the target [delta - 1: the line on which the target can be reached]");
  add("denominator", s.denominator, "whom the denominator sums")->check(one_of({"negatives", "all"}));
  add("positive-weight", s.positive_weight, "exact, or as in the authors' published code")
      ->check(one_of({"exact", "published"}));
  add("sigma", s.sigma, "how far apart views must be for more weight");
  add("tau-plus", s.tau_plus, "share of the negatives that is of the anchor's class");
  add("beta", s.beta, "how much more near negatives count");
  add("bias", s.bias, "where the learned bias starts");
  add("margin", s.margin, "how much farther a negative must be");
  add_flag("soft", s.soft, "softplus of differences over the temperature, in the place of the margin");
  add("divergence", s.divergence, "of which the loss is a bound")
      ->check(one_of({"kl", "chi2", "js", "squared_hellinger", "tsallis", "vlc"}));
  add("order", s.order, "order of the tsallis divergence");
  add("alpha", s.alpha, "weight of the negatives");
  add("kernel", s.kernel, "the kernel is exp(-kernel |x - y|^2)");
  add("energy", s.energy, "weight of the energy");
  add("lambda", s.lambda, "weight of the correlations between dimensions");
  add("invariance", s.invariance, "weight of the distance of the views");
  add("variance", s.variance, "weight of the spread of each dimension");
  add("covariance", s.covariance, "weight of the covariances of dimensions");
}

void add_train_options(CLI::App& command, TrainSettings& s) {
  command.option_defaults()->always_capture_default();
  const std::string data = "Data";
  command.add_option("--data", s.data, "Data set; glyphs is built in and needs no file")
      ->check(CLI::IsMember(names_of(data::known_datasets())))
      ->group(data);
  command
      .add_option(
          "--root", s.root,
          "Folder that holds the data set's own (MNIST/raw, cifar-10-batches-bin); for idx, the files themselves")
      ->group(data);
  command.add_option("--limit", s.limit, "Use only the first N training images; 0: all")->group(data);
  command
      .add_option("--min-scale", s.min_scale, "Smallest share of the image that a random crop keeps [by data set]")
      ->group(data);
  command
      .add_option("--color-strength", s.color_strength,
                  "Strength of the random changes of brightness and colour, times the data set's own [1]")
      ->group(data);
  command.add_option("--flip", s.flip, "Probability of a left-right flip [by data set]")->group(data);

  const std::string model = "Encoder";
  command.add_option("--encoder", s.encoder, "Encoder to train")
      ->check(CLI::IsMember(names_of(nn::known_encoders())))
      ->group(model);
  command.add_option("--width", s.width, "Base number of channels; 0: the encoder's own")->group(model);
  command.add_option("--head-hidden", s.head_hidden, "Hidden size of the projection head; 0: that of the features")
      ->group(model);
  command.add_option("--head-dim", s.head_dim, "Size of the embeddings that the loss sees")->group(model);

  const std::string objective = "Loss";
  command.add_option("--loss", s.loss, "Contrastive loss")->check(CLI::IsMember(loss_names()))->group(objective);
  add_loss_options(command, s.loss_settings);

  const std::string descent = "Optimisation";
  command.add_option("--epochs", s.epochs, "Passes over the training images")->group(descent);
  command.add_option("--batch", s.batch, "Images a step; each gives two views")->group(descent);
  command.add_option("--optimizer", s.optimizer, "Optimiser")
      ->check(CLI::IsMember(names_of(nn::known_optimizers())))
      ->group(descent);
  command.add_option("--lr", s.lr, "Peak learning rate [adam, adamw 0.002; sgd 0.06; lars 0.3 x batch / 256]")
      ->group(descent);
  command.add_option("--momentum", s.momentum, "sgd, lars: momentum [0.9]")->group(descent);
  command
      .add_option("--weight-decay", s.weight_decay, "Weight decay [sgd 0.0001; adam 0; adamw 0.01; lars 0.000001]")
      ->group(descent);
  command.add_option("--clip-norm", s.clip_norm, "Largest norm of the gradient; 0: no clipping")->group(descent);
  command.add_option("--schedule", s.schedule, "Course of the learning rate")
      ->check(CLI::IsMember(names_of(nn::known_schedules())))
      ->group(descent);
  command
      .add_option("--warmup-epochs", s.warmup_epochs,
                  "Epochs (or a part of one) in which the rate rises to its peak")
      ->group(descent);
  command.add_option("--seed", s.seed, "Of the weights, the order and the views")->group(descent);

  const std::string run = "Run";
  command.add_option("--out", s.out, "Folder of the run: config.toml, log.jsonl, checkpoint.safetensors")
      ->configurable(false)
      ->group(run);
  command.add_option("--log-every", s.log_every, "Steps between lines of log.jsonl")->group(run);
  command
      .add_option("--checkpoint-every", s.checkpoint_every, "Also save after every N steps; 0: after each epoch")
      ->group(run);
  command.add_flag("--resume", s.resume, "Continue the run in --out, to the same bits as if it had not stopped")
      ->configurable(false)
      ->group(run);
  command.add_option("--config", s.config, "File with options, `temperature = 0.2` a line; the command line wins")
      ->configurable(false)
      ->group(run);
}

void complete_train_settings(CLI::App& command, TrainSettings& s) {
  const auto given = given_loss_options(command);  // on the command line: a configuration holds all
  if (!s.config.empty() && s.resume)
    throw UsageError("--config and --resume exclude each other: a run that is continued has its own config.toml");
  if (!s.config.empty()) apply_config(command, s.config);
  if (s.out.empty()) throw UsageError("--out is needed: the folder to write the run to");
  const RunFolder run(s.out);
  if (s.resume) {
    run.check_started();
    apply_saved_config(command, run.config(), kFreeToChange);
  } else if (std::filesystem::exists(run.config())) {
    throw UsageError(
        fmt::format("{} already holds a run: add --resume to continue it, or choose another folder with --out",
                    s.out.string()));
  }
  refuse_options_of_other_losses(given, s.loss);
  validate(s);
  // Paths in config.toml mean the same from every folder.
  if (!s.root.empty()) {
    CLI::Option* root = command.get_option("--root");
    s.root = std::filesystem::absolute(s.root).lexically_normal();
    root->clear();
    root->add_result(s.root.string());
  }
}

std::string describe_loss(const TrainSettings& s) {
  const LossSettings& loss = s.loss_settings;
  std::string text = s.loss;
  if (takes(s.loss, "temperature")) text += fmt::format(" {}", loss.temperature);
  if (loss.learn_temperature) text += " learned";
  if (s.loss == "sc_info_nce") text += fmt::format(" ({}, {})", loss.delta, loss.gamma.value_or(loss.delta - 1));
  if (s.loss == "f_micl") text += " " + loss.divergence;
  return text;
}

TrainSettings read_run_settings(const std::filesystem::path& config) {
  TrainSettings settings;
  CLI::App command("", "train");
  add_train_options(command, settings);
  apply_config(command, config);
  return settings;
}

std::vector<Setting> loss_settings(const TrainSettings& settings) {
  const LossSettings& s = settings.loss_settings;
  const auto number = [](double value) { return fmt::format("{}", value); };
  std::vector<Setting> all;
  for (const Option& option : list_options(*losses::make_loss(settings.loss)))
    for (const Setting& setting : {Setting{"temperature", number(s.temperature)},
                                   {"delta", number(s.delta)},
                                   {"gamma", s.gamma ? number(*s.gamma) : ""},
                                   {"denominator", s.denominator},
                                   {"positive_weight", s.positive_weight},
                                   {"both_views", s.both_views ? "true" : "false"},
                                   {"divergence", s.divergence},
                                   {"order", number(s.order)},
                                   {"alpha", number(s.alpha)}})
      if (setting.name == option.name && !setting.value.empty()) all.push_back(setting);
  return all;
}

}  // namespace nce::cli
