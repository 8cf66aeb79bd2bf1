#include "run/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>

#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/number.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/data/samplers/catalogue.h"
#include "nce/losses/catalogue.h"
#include "nce/nn/gradient_cache.h"
#include "nce/nn/optim/catalogue.h"
#include "nce/nn/optim/clip.h"
#include "nce/nn/optim/schedule.h"
#include "pages/numbers.h"
#include "run/announce.h"
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

constexpr double kCsv = 10;  // seconds between times that log.csv is written

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

// No batch could be made: a file that went away, say.
struct NoBatch : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Embeddings of parts below each other, each with its V views, as those of one batch: all first views, all second ones.
Tensor by_view(const Tensor& z, const std::vector<int64_t>& examples, int64_t views) {
  std::vector<Tensor> rows;
  for (int64_t view = 0; view < views; ++view) {
    int64_t first = 0;
    for (const int64_t n : examples) {
      rows.push_back(slice(z, 0, first + view * n, first + (view + 1) * n));
      first += views * n;
    }
  }
  return concatenate(rows);
}

class Training {
 public:
  Training(const Config& given, const std::filesystem::path& out, const Start& start)
      : config_(given),
        o_(options_in<RunOptions>(given, "run")),
        run_(out),
        task_(
            make_task(config_, {.batch = o_.chunk > 0 ? o_.chunk : o_.batch,
                                .seed = uint64_t(o_.seed),
                                .num_views = o_.num_views,
                                .sampler = data::make_sampler(config_.name("sampler"), config_.settings("sampler")),
                                .drop_last = o_.drop_last})),
        parts_(o_.chunk > 0 ? o_.batch / o_.chunk : 1),
        steps_(steps_of_epoch()),
        model_(*task_, config_),
        diagnostics_(model_.loss().loss(), task_->labels(data::Split::train),
                     task_->batches_have_labels() ? task_->classes() : 1, o_.batch),
        collapse_(config_.name("loss"), std::min(2 * o_.batch, embeddings_dim()), o_.epochs * steps_),
        optimizer_(nn::make_optimizer(config_.name("optimizer"), model_.named_parameters(),
                                      config_.settings("optimizer"))),
        schedule_(schedule_of(o_.epochs, optimizer_->lr())),
        start_(start),
        chance_(chance_level(config_, *task_, embeddings_dim())),
        session_(run_, config_, model_, *optimizer_, *task_, start),
        place_(session_.former() ? session_.former()->place : Place{}),
        log_(run_.log(), taken() > 0 ? taken() : -1),
        progress_(o_.epochs * steps_, taken(), views_of_a_step()) {}

  int run() try {
    log_.write(announce({.config = config_,
                         .options = o_,
                         .task = *task_,
                         .session = session_,
                         .start = start_,
                         .diagnostics = diagnostics_,
                         .run = run_,
                         .log = log_,
                         .place = place_,
                         .steps = steps_,
                         .parts = parts_,
                         .parameters = model_.parameter_count(),
                         .dimensions = std::min(2 * o_.batch, embeddings_dim()),
                         .chance = chance_,
                         .lr = optimizer_->lr(),
                         .next_lr = schedule_.at(taken()),
                         .schedule = [this](int64_t epochs, double lr) { return schedule_of(epochs, lr); }},
                        progress_));
    while (place_.epoch < o_.epochs) {
      const auto start = Clock::now();
      const int64_t first = place_.step;
      task_->start_epoch(place_.epoch, first * parts_);
      while (parts_ > 1 ? place_.step < steps_ : next_batch()) {
        step();
        if (interrupted()) {
          save();
          write_csv();
          progress_.say(fmt::format("interrupted {}; saved. Continue with: nce train --out {} --resume",
                                    place_.text(), run_.path().string()));
          return interrupt_exit_code();
        }
        if (o_.checkpoint_every > 0 && taken() % o_.checkpoint_every == 0) save();
      }
      const double seconds = seconds_since(start);
      check_finite();
      end_epoch(seconds, double(views_of_a_step() * (place_.step - first)) / seconds);
      place_ = {.epoch = place_.epoch + 1, .best = place_.best};
      session_.save(place_);
      if (place_.epoch == o_.epochs || seconds_since(written_) > kCsv) write_csv();
    }
    progress_.say(fmt::format("done: {}; measure it with: nce eval --run {}", run_.checkpoint().string(),
                              run_.path().string()));
    return 0;
  } catch (const NoBatch& error) {  // what was trained is kept
    if (!place_.begun()) fail("{}", error.what());
    save();
    fail("{}; training stops. Saved {}: mend it, and go on with: nce train --out {} --resume", error.what(),
         place_.text(), run_.path().string());
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

  int64_t steps_of_epoch() const {
    const int64_t steps = (task_->steps_per_epoch() + (o_.drop_last ? 0 : parts_ - 1)) / parts_;
    if (steps == 0)
      throw UsageError(fmt::format("--batch {}: larger than the data, {}", o_.batch, task_->describe()));
    return steps;
  }
  int64_t embeddings_dim() const { return options_in<HeadOptions>(config_, "head").dim; }

  bool next_batch() try { return task_->next(); } catch (const std::exception& error) {
    throw NoBatch(error.what());
  }

  void write_csv() {
    if (o_.log != "csv") return;
    AtomicFile file(run_.log_csv());
    file.write(csv_of_log(read_log(run_.log())));
    file.commit();
    written_ = Clock::now();
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

  void step() {
    const double lr = schedule_.at(taken());
    optimizer_->set_lr(lr);
    optimizer_->zero_grad();  // before the forward pass, which can then use the memory
    double value = 0;
    if (parts_ == 1) {
      const Tensor z = model_.embed_views();
      const Tensor loss = model_.loss()(z, task_->batch_labels());
      value = checked(loss, z, int64_t(task_->batch_labels().size()), lr);
      loss.backward();
    } else {
      value = backward_in_parts(lr);
    }
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
                    .chance = chance_,
                    .embeddings = reading_});
  }

  // The task's batches are parts of ours. They are made twice: to embed them, and to pass the gradient on.
  double backward_in_parts(double lr) {
    const int64_t first = place_.step * parts_;
    std::vector<int> labels;
    std::vector<int64_t> examples;  // of each part
    double value = 0;
    nn::backward_in_parts(
        model_, std::min(parts_, task_->steps_per_epoch() - first),
        [&](int64_t part) {
          const bool again = part < int64_t(examples.size());
          if (again && part == 0) task_->start_epoch(place_.epoch, first);
          if (!next_batch()) throw NoBatch("the data ended before the epoch");
          const auto own = task_->batch_labels();
          if (!again) labels.insert(labels.end(), own.begin(), own.end()), examples.push_back(int64_t(own.size()));
          return model_.embed_views();
        },
        [&](const Tensor& rows) {
          const Tensor z = by_view(rows, examples, o_.num_views + task_->local_views());
          const Tensor loss = model_.loss()(z, labels);
          value = checked(loss, z, int64_t(labels.size()), lr);
          return loss;
        });
    return value;
  }

  // The value of the loss; diagnoses before the step changes what the loss has learned.
  double checked(const Tensor& loss, const Tensor& z, int64_t examples, double lr) {
    const double value = loss.item();
    if (!std::isfinite(value))
      stop(taken() + 1, "loss",
           fmt::format("the loss of step {} of epoch {} is {}", place_.step + 1, place_.epoch + 1,
                       std::isnan(value) ? "not a number" : "infinite"));
    diagnose(slice(z.detach(), 0, 0, 2 * examples), value, lr);
    return value;
  }

  // z holds first and second views.
  void diagnose(const Tensor& z, double loss, double lr) {
    const int64_t step = taken() + 1;
    const bool logged = step % o_.log_every == 0;
    if (!logged && !collapse_.wants(step)) return;
    reading_ = diagnostics_.read(z, model_.loss().loss());
    if (logged) log_step(step, loss, lr);
    if (const auto warning = collapse_.see(*reading_, step)) {
      log_.write({{"event", "collapse"}, {"step", step}});
      progress_.say(*warning);
    }
  }

  void log_step(int64_t step, double loss, double lr) {
    nlohmann::ordered_json line{{"event", "step"},   {"epoch", place_.epoch + 1},
                                {"step", step},      {"loss", decimal(loss, 7)},
                                {"lr", decimal(lr)}, {"elapsed", decimal(seconds_since(begin_), 3)}};
    for (const auto& [name, number] : model_.loss().learned()) line[name] = decimal(number, 7);
    add_to(line, *reading_);
    log_.write(line);
  }

  void end_epoch(double seconds, double rate) {
    const double loss = place_.loss_sum / double(steps_);
    nlohmann::ordered_json line{
        {"event", "epoch"}, {"epoch", place_.epoch + 1}, {"step", taken()}, {"loss", decimal(loss, 7)}};
    std::string accuracy;
    bool best = false;
    if (const auto score = task_->quick_score(model_.encoder(), Key(uint64_t(o_.seed)).fold(0x6b6e6e))) {
      line[score->key] = score->value;
      best = o_.keep == "best" && !(place_.best && score->value <= *place_.best);
      accuracy =
          fmt::format("{} {:.1f}{}{}  ", score->title, 100 * score->value, score->unit, best ? ", the best" : "");
      if (best) place_.best = score->value, line["best"] = true;
    } else if (o_.keep == "best" && place_.epoch == 0) {
      progress_.say("note: these data give no score after an epoch: --keep best keeps the last one");
    }
    line["seconds"] = seconds, line["views_per_second"] = rate;
    if (best) session_.keep_best();
    log_.write(line);
    progress_.say(fmt::format("epoch {}/{}  loss {:.4f}  {}{}{:.0f} views/s  {}", place_.epoch + 1, o_.epochs, loss,
                              accuracy, reading_ ? reading_->in_use() + "  " : "", rate, clock_text(seconds)));
  }

  Config config_;
  const RunOptions o_;
  const RunFolder run_;
  std::unique_ptr<Task> task_;  // fills what config_ left to it
  const int64_t parts_;         // of a batch
  const int64_t steps_;         // of an epoch
  Model model_;
  Diagnostics diagnostics_;
  CollapseWatch collapse_;
  std::optional<Reading> reading_;  // the last
  std::unique_ptr<nn::Optimizer> optimizer_;
  nn::Schedule schedule_;
  const Start start_;
  const std::optional<double> chance_;
  Session session_;
  Place place_;
  Log log_;
  Progress progress_;
  const Clock::time_point begin_ = Clock::now();  // of this session
  Clock::time_point written_ = begin_;            // log.csv
};

}  // namespace

int train(const Config& config, const std::filesystem::path& out, const Start& start) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader of the lines that goes away does not end training: see Progress
  Training training(config, out, start);
  catch_interrupts();
  return training.run();
}

}  // namespace nce::cli
