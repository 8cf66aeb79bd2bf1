#include "run/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>

#include "nce/core/error.h"
#include "nce/core/number.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/data/samplers/catalogue.h"
#include "nce/losses/catalogue.h"
#include "nce/nn/optim/catalogue.h"
#include "nce/nn/optim/clip.h"
#include "nce/nn/optim/schedule.h"
#include "pages/numbers.h"
#include "run/diagnostics.h"
#include "run/interrupt.h"
#include "run/log.h"
#include "run/progress.h"
#include "run/session.h"
#include "run/settings.h"
#include "usage.h"

namespace nce::cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Labels that are all the same would make a loss of labels draw everything together.
std::unique_ptr<Task> make_task(Config& config, const TaskUse& use) {
  auto task = task_of(config.name("data")).make(config, use);
  const std::string& loss = config.name("loss");
  if (losses::known_losses().find(loss).needs == losses::Needs::labels && !task->batches_have_labels())
    throw UsageError(
        fmt::format("--loss {} learns from labels; {}: {}", loss, config.name("data"), task->describe()));
  return task;
}

class Training {
 public:
  Training(const Config& given, const std::filesystem::path& out, const Start& start)
      : config_(given),
        o_(options_in<RunOptions>(given, "run")),
        run_(out),
        task_(
            make_task(config_, {.batch = o_.batch,
                                .seed = uint64_t(o_.seed),
                                .num_views = o_.num_views,
                                .sampler = data::make_sampler(config_.name("sampler"), config_.settings("sampler")),
                                .drop_last = o_.drop_last})),
        steps_(task_->steps_per_epoch()),
        model_(*task_, config_),
        diagnostics_(model_.loss().loss(), task_->labels(data::Split::train),
                     task_->batches_have_labels() ? task_->classes() : 1, o_.batch),
        collapse_(config_.name("loss"), std::min(2 * o_.batch, options_in<HeadOptions>(config_, "head").dim),
                  o_.epochs * steps_),
        optimizer_(nn::make_optimizer(config_.name("optimizer"), model_.named_parameters(),
                                      config_.settings("optimizer"))),
        schedule_(schedule_of(o_.epochs, optimizer_->lr())),
        start_(start),
        session_(run_, config_, model_, *optimizer_, *task_, start),
        place_(session_.former() ? session_.former()->place : Place{}),
        log_(run_.log(), taken() > 0 ? taken() : -1),
        progress_(o_.epochs * steps_, taken(), views_of_a_step()) {}

  int run() {
    announce();
    while (place_.epoch < o_.epochs) {
      const auto start = Clock::now();
      const int64_t first = place_.step;
      task_->start_epoch(place_.epoch, first);
      while (next_batch()) {
        step();
        if (interrupted()) {
          save();
          progress_.say(fmt::format("interrupted {}; saved. Continue with: nce train --out {} --resume",
                                    place_.text(), run_.path().string()));
          return interrupt_exit_code();
        }
        if (o_.checkpoint_every > 0 && taken() % o_.checkpoint_every == 0) save();
      }
      const double seconds = seconds_since(start);
      check_finite();
      end_epoch(seconds, double(views_of_a_step() * (place_.step - first)) / seconds);
      place_ = {.epoch = place_.epoch + 1};
      session_.save(place_);
    }
    progress_.say(fmt::format("done: {}; measure it with: nce eval --run {}", run_.checkpoint().string(),
                              run_.path().string()));
    return 0;
  }

 private:
  int64_t taken() const { return place_.epoch * steps_ + place_.step; }  // steps of the whole run
  int64_t views_of_a_step() const { return (o_.num_views + task_->local_views()) * o_.batch; }
  nn::Schedule schedule_of(int64_t epochs, double lr) const {
    return nn::make_schedule(
        config_.name("schedule"),
        {.lr = lr, .total_steps = epochs * steps_, .warmup_steps = std::llround(o_.warmup_epochs * double(steps_))},
        config_.settings("schedule"));
  }

  // A file that went away, say: what was trained is kept.
  bool next_batch() try { return task_->next(); } catch (const std::exception& error) {
    if (!place_.begun()) throw;
    save();
    fail("{}; training stops. Saved {}: mend it, and go on with: nce train --out {} --resume", error.what(),
         place_.text(), run_.path().string());
  }

  void check_finite() {
    if (const std::string name = not_finite(model_, *optimizer_); !name.empty())
      stop(taken(), name, fmt::format("{}: {} is not finite", place_.text(), name));
  }
  void save() {
    check_finite();
    session_.save(place_);
  }
  [[noreturn]] void stop(int64_t step, const std::string& what, const std::string& why) {
    log_.write({{"event", "not_finite"}, {"epoch", place_.epoch + 1}, {"step", step}, {"what", what}});
    session_.stop(why);
  }

  void announce() {
    const std::string& data = config_.name("data");
    const int64_t parameters = model_.parameter_count(), local = task_->local_views();
    if (const std::string note = task_->note(); !note.empty()) progress_.say(fmt::format("{}: {}", data, note));
    progress_.say(fmt::format(
        "{}: {}{}; {} and head, {} parameters", data, task_->describe(),
        task_->has_labels() && task_->batches_have_labels() ? fmt::format(", {} labels", task_->label_count()) : "",
        config_.name("encoder"), parameters));
    progress_.say(fmt::format("{}; {} x {} steps of {} examples, {} views{} each; {} thread{}",
                              describe_loss(config_), o_.epochs, steps_, o_.batch, o_.num_views,
                              local > 0 ? fmt::format(" and {} local ones", local) : "", num_threads(),
                              num_threads() == 1 ? "" : "s"));
    if (config_.name("sampler") != "random")
      progress_.say("sampler: " + describe(train_sections(), config_, "sampler"));
    progress_.say("views: " + describe_views(config_));
    for (const std::string& line : session_.started_from()) progress_.say(line);
    if (const std::string note = diagnostics_.note(); !note.empty()) progress_.say("note: " + note);
    if (const auto explanation = diagnostics_.explanation()) progress_.say(*explanation);
    for (const std::string& line : log_.skipped()) progress_.say("warning: left out of the log: " + line);
    nlohmann::ordered_json line{{"event", taken() > 0 ? "resume" : "start"},
                                {"step", taken()},
                                {"steps", o_.epochs * steps_},
                                {"parameters", parameters},
                                {"lr", decimal(schedule_.at(taken()))},
                                {"threads", num_threads()},
                                {"kernels", session_.origin().kernels}};
    if (start_.resume) announce_resume(line);
    log_.write(line);
  }

  // What goes on otherwise than in a run that did not stop.
  void announce_resume(nlohmann::ordered_json& line) {
    progress_.say(taken() > 0 ? "continued " + place_.text()
                              : "no step was saved yet: training begins with the first");
    if (log_.dropped() > 0)
      progress_.say(fmt::format("{}: {} line{} of later steps left out: these steps are taken again",
                                run_.log().string(), log_.dropped(), log_.dropped() == 1 ? "" : "s"));
    if (taken() == 0) return;
    const Origin& before = session_.former()->origin;
    if (before.kernels != session_.origin().kernels)
      progress_.say(
          fmt::format("note: so far with {}, now with {}: the bits will differ from those of a run that "
                      "stays with one",
                      before.kernels, session_.origin().kernels));
    double peak = optimizer_->lr();
    for (const Change& change : start_.changes) {
      if (change.key == "lr") peak = change.former;
      line["changed"][change.key] = {{"former", change.former}, {"now", change.now}};
      progress_.say(fmt::format("note: {} is {} from here on, and was {}", change.key, change.now, change.former));
    }
    if (before.epochs == o_.epochs) return;
    const double last = schedule_of(before.epochs, peak).at(taken() - 1);
    line["former_epochs"] = before.epochs, line["epochs"] = o_.epochs, line["former_lr"] = decimal(last);
    progress_.say(
        fmt::format("note: the run has {} epochs now, not {}: the learning rate goes from {:.2g} to {:.2g}",
                    o_.epochs, before.epochs, last, schedule_.at(taken())));
  }

  void step() {
    const double lr = schedule_.at(taken());
    optimizer_->set_lr(lr);
    optimizer_->zero_grad();  // before the forward pass, which can then use the memory
    const Tensor z = model_.embed_views();
    const Tensor loss = model_.loss()(z, task_->batch_labels());
    const double value = loss.item();
    if (!std::isfinite(value))
      stop(taken() + 1, "loss",
           fmt::format("the loss of step {} of epoch {} is {}", place_.step + 1, place_.epoch + 1,
                       std::isnan(value) ? "not a number" : "infinite"));
    diagnose(z, value, lr);
    loss.backward();
    if (o_.clip_norm > 0) nn::clip_grad_norm(model_.named_parameters(), o_.clip_norm);
    optimizer_->step();
    ++place_.step;
    place_.loss_sum += value;
    progress_.step({.epoch = place_.epoch + 1,
                    .epochs = o_.epochs,
                    .step = place_.step,
                    .epoch_steps = steps_,
                    .loss = value,
                    .lr = lr,
                    .embeddings = reading_});
  }

  // Before the step changes what the loss has learned.
  void diagnose(const Tensor& z, double loss, double lr) {
    const int64_t step = taken() + 1;
    const bool logged = step % o_.log_every == 0;
    if (!logged && !collapse_.wants(step)) return;
    reading_ = diagnostics_.read(slice(z, 0, 0, 2 * int64_t(task_->batch_labels().size())), model_.loss().loss());
    if (logged) log_step(step, loss, lr);
    if (const auto warning = collapse_.see(*reading_, step)) {
      log_.write({{"event", "collapse"}, {"step", step}});
      progress_.say(*warning);
    }
  }

  void log_step(int64_t step, double loss, double lr) {
    nlohmann::ordered_json line{{"event", "step"},   {"epoch", place_.epoch + 1},
                                {"step", step},      {"loss", decimal(loss, 7)},
                                {"lr", decimal(lr)}, {"seconds", decimal(seconds_since(begin_), 3)}};
    for (const auto& [name, number] : model_.loss().learned()) line[name] = decimal(number, 7);
    add_to(line, *reading_);
    log_.write(line);
  }

  void end_epoch(double seconds, double rate) {
    const double loss = place_.loss_sum / double(steps_);
    nlohmann::ordered_json line{
        {"event", "epoch"}, {"epoch", place_.epoch + 1}, {"step", taken()}, {"loss", decimal(loss, 7)}};
    std::string accuracy;
    if (const auto score = task_->quick_score(model_.encoder(), Key(uint64_t(o_.seed)).fold(0x6b6e6e))) {
      line[score->key] = score->value;
      accuracy = fmt::format("{} {:.1f}{}  ", score->title, 100 * score->value, score->unit);
    }
    line["seconds"] = seconds, line["views_per_second"] = rate;
    log_.write(line);
    progress_.say(fmt::format("epoch {}/{}  loss {:.4f}  {}{:.0f} views/s  {}", place_.epoch + 1, o_.epochs, loss,
                              accuracy, rate, clock_text(seconds)));
  }

  Config config_;
  const RunOptions o_;
  const RunFolder run_;
  std::unique_ptr<Task> task_;  // fills what config_ left to it
  const int64_t steps_;         // of an epoch
  Model model_;
  Diagnostics diagnostics_;
  CollapseWatch collapse_;
  std::optional<Reading> reading_;  // the last
  std::unique_ptr<nn::Optimizer> optimizer_;
  nn::Schedule schedule_;
  const Start start_;
  Session session_;
  Place place_;
  Log log_;
  Progress progress_;
  const Clock::time_point begin_ = Clock::now();  // of this session
};

}  // namespace

int train(const Config& config, const std::filesystem::path& out, const Start& start) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader of the lines that goes away does not end training: see Progress
  Training training(config, out, start);
  catch_interrupts();
  return training.run();
}

}  // namespace nce::cli
