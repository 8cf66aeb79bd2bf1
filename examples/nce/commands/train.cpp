#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "command.h"
#include "config.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/data/catalogue.h"
#include "nce/data/loader.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/optim/clip.h"
#include "nce/nn/optim/catalogue.h"
#include "nce/nn/optim/schedule.h"
#include "run/diagnostics.h"
#include "run/folder.h"
#include "run/interrupt.h"
#include "run/log.h"
#include "run/model.h"
#include "run/progress.h"
#include "run/state.h"

namespace nce::cli {
namespace {

// What the accuracy after each epoch is measured on: enough to follow a run, cheap beside an epoch.
constexpr int64_t kKnnTrain = 10000, kKnnTest = 2000;

// The optimiser's contrastive defaults, then what was given.
std::vector<Setting> optimizer_settings(const TrainSettings& s) {
  std::vector<Setting> settings = nn::find_optimizer(s.optimizer).contrastive_for(s.batch);
  const auto give = [&](const char* name, const std::optional<double>& value) {
    if (value) settings.push_back({name, fmt::format("{}", *value)});
  };
  give("lr", s.lr), give("momentum", s.momentum), give("weight_decay", s.weight_decay);
  return settings;
}

class Training {
 public:
  Training(const TrainSettings& settings, const std::string& config)
      : s_(settings),
        run_(settings.out),
        train_(training_set(settings)),
        test_(data::load_dataset(settings.data, settings.root, data::Split::test)),
        normalisation_(data::pixel_statistics(train_)),
        model_(make_model(settings, image_size(train_))),
        diagnostics_(settings, train_),
        collapse_(std::min(2 * settings.batch, settings.head_dim)),
        optimizer_(nn::make_optimizer(settings.optimizer, model_.parameters(), optimizer_settings(settings))),
        loader_(train_, {.batch = settings.batch,
                         .seed = settings.seed,
                         .views = augmentation(settings),
                         .normalisation = normalisation_}),
        schedule_(nn::make_schedule(
            settings.schedule,
            {.lr = optimizer_->lr(),
             .total_steps = settings.epochs * loader_.steps_per_epoch(),
             .warmup_steps = std::llround(settings.warmup_epochs * double(loader_.steps_per_epoch()))})) {
    if (settings.resume && std::filesystem::exists(run_.state())) place_ = load_state(run_, model_, *optimizer_);
    run_.create();
    AtomicFile file(run_.config());
    file.write(config);
    file.commit();
  }

  int run() {
    Log log(run_.log(), taken() > 0 ? taken() : -1);
    Progress progress(s_.epochs * loader_.steps_per_epoch(), taken(), 2 * s_.batch);
    announce(log, progress);
    while (place_.epoch < s_.epochs) {
      const auto start = std::chrono::steady_clock::now();
      const int64_t first = place_.step;
      loader_.start_epoch(place_.epoch, first);
      while (const data::Batch* batch = loader_.next()) {
        step(*batch, log, progress);
        if (interrupted()) {
          save();
          progress.say(fmt::format(
              "interrupted after step {} of epoch {}; saved. Continue with: nce train --out {} --resume",
              place_.step, place_.epoch + 1, s_.out.string()));
          return interrupt_exit_code();
        }
        if (s_.checkpoint_every > 0 && taken() % s_.checkpoint_every == 0) save();
      }
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      report_epoch(log, progress, seconds, double(2 * s_.batch * (place_.step - first)) / seconds);
      place_ = {.epoch = place_.epoch + 1};
      save();
    }
    progress.say(
        fmt::format("done: {}; measure it with: nce eval --run {}", run_.checkpoint().string(), s_.out.string()));
    return 0;
  }

 private:
  // Steps taken in the whole run.
  int64_t taken() const { return place_.epoch * loader_.steps_per_epoch() + place_.step; }
  void save() { save_state(run_, model_, *optimizer_, place_, s_, train_, normalisation_); }

  void announce(Log& log, Progress& progress) {
    int64_t parameters = 0;
    for (const auto& [name, tensor] : model_.parameters()) parameters += tensor->numel();
    if (!train_.missing.empty())
      progress.say(fmt::format("{}: {} not there; training on what is", s_.data, train_.missing));
    progress.say(fmt::format("{}: {} images {} x {} x {}; {} and head, {} parameters", s_.data, train_.size(),
                             train_.height, train_.width, train_.channels, s_.encoder, parameters));
    progress.say(fmt::format("{}; {} x {} steps of {} images, two views each; {} thread{}", describe_loss(s_),
                             s_.epochs, loader_.steps_per_epoch(), s_.batch, num_threads(),
                             num_threads() == 1 ? "" : "s"));
    if (const std::string note = diagnostics_.note(); !note.empty()) progress.say("note: " + note);
    if (const auto explanation = diagnostics_.explanation()) progress.say(*explanation);
    log.write({{"event", taken() > 0 ? "resume" : "start"},
               {"step", taken()},
               {"parameters", parameters},
               {"lr", optimizer_->lr()},
               {"threads", num_threads()}});
    if (taken() > 0)
      progress.say(fmt::format("continued after step {} of epoch {}", place_.step, place_.epoch + 1));
  }

  void step(const data::Batch& batch, Log& log, Progress& progress) {
    const double lr = schedule_.at(taken());
    optimizer_->set_lr(lr);
    optimizer_->zero_grad();  // before the forward pass, which can then use the memory
    // Both views go through together: batch normalisation then sees the statistics of both.
    const Tensor z = model_(batch.views);
    const Tensor loss = (*model_.loss)(z, batch.labels);
    const double value = loss.item(), temperature = model_.loss->temperature(), bias = model_.loss->bias();
    check(
        std::isfinite(value),
        "the loss of step {} of epoch {} is {}: training stops; the last good checkpoint is kept. A lower --lr, a "
        "higher --temperature or --clip-norm 1 may help",
        place_.step + 1, place_.epoch + 1, value);
    loss.backward();
    if (s_.clip_norm > 0) nn::clip_grad_norm(model_.parameters(), s_.clip_norm);
    optimizer_->step();
    model_.loss->bound();
    ++place_.step;
    place_.loss_sum += value;
    if (taken() % s_.log_every == 0) diagnose(z, temperature, bias, value, lr, log, progress);
    progress.step({.epoch = place_.epoch + 1,
                   .epochs = s_.epochs,
                   .step = place_.step,
                   .epoch_steps = loader_.steps_per_epoch(),
                   .loss = value,
                   .lr = lr,
                   .embeddings = reading_});
  }

  void diagnose(const Tensor& z, double temperature, double bias, double loss, double lr, Log& log,
                Progress& progress) {
    reading_ = diagnostics_.read(z, temperature, bias);
    nlohmann::ordered_json line{
        {"event", "step"}, {"epoch", place_.epoch + 1}, {"step", taken()}, {"loss", loss}, {"lr", lr}};
    model_.loss->add_to(line);
    add_to(line, *reading_);
    log.write(line);
    if (const auto warning = collapse_.see(*reading_, taken())) {
      log.write({{"event", "collapse"}, {"step", taken()}});
      progress.say(*warning);
    }
  }

  void report_epoch(Log& log, Progress& progress, double seconds, double rate) {
    const double loss = place_.loss_sum / double(loader_.steps_per_epoch());
    const int64_t known = std::min(kKnnTrain, train_.size()), asked = std::min(kKnnTest, test_.size());
    const double knn = nn::knn_accuracy(
        features_of(*model_.encoder, train_, normalisation_, known), std::span(train_.labels).first(size_t(known)),
        features_of(*model_.encoder, test_, normalisation_, asked), std::span(test_.labels).first(size_t(asked)),
        {.k = int(std::min<int64_t>(20, known)), .temperature = 0.1});
    log.write({{"event", "epoch"},
               {"epoch", place_.epoch + 1},
               {"step", taken()},
               {"loss", loss},
               {"knn", knn},
               {"seconds", seconds},
               {"views_per_second", rate}});
    progress.say(fmt::format("epoch {}/{}  loss {:.4f}  kNN {:.1f} %  {:.0f} views/s  {}", place_.epoch + 1,
                             s_.epochs, loss, 100 * knn, rate, clock_text(seconds)));
  }

  const TrainSettings& s_;
  RunFolder run_;
  data::Dataset train_, test_;
  data::Normalisation normalisation_;
  Model model_;
  Diagnostics diagnostics_;
  CollapseWatch collapse_;
  std::optional<Reading> reading_;  // the last
  std::unique_ptr<nn::Optimizer> optimizer_;
  data::Loader loader_;
  nn::Schedule schedule_;
  Place place_;
};

}  // namespace

Run add_train(CLI::App& command) {
  auto settings = std::make_shared<TrainSettings>();
  add_train_options(command, *settings);
  command.footer(
      "Example: nce train --data mnist --root data --loss info_nce --temperature 0.2 --epochs 1 --out runs/a");
  return [&command, settings] {
    complete_train_settings(command, *settings);
    Training training(*settings, config_text(command));
    catch_interrupts();
    return training.run();
  };
}

}  // namespace nce::cli
