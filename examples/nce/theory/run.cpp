#include "theory/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/losses/theory/free_logits.h"
#include "nce/losses/theory/measure.h"
#include "nce/nn/eval/kmeans.h"
#include "pages/csv.h"
#include "pages/json.h"
#include "pages/svg.h"
#include "pages/table.h"
#include "run/interrupt.h"
#include "run/settings.h"
#include "run/state.h"
#include "run/trained_run.h"
#include "theory/bounds.h"
#include "usage.h"

namespace nce::cli {

using losses::StateMatrix;

namespace {

constexpr int64_t kClusteredExamples = 10000;

// --states: 0 for labels, else the number of clusters.
int clusters_of(const std::string& states) {
  if (states == "labels") return 0;
  const std::string prefix = "kmeans:";
  int clusters = 0;
  if (states.starts_with(prefix)) {
    const auto [end, error] =
        std::from_chars(states.data() + prefix.size(), states.data() + states.size(), clusters);
    if (error == std::errc{} && end == states.data() + states.size() && clusters >= 2) return clusters;
  }
  throw UsageError(fmt::format("--states {}: must be labels, or kmeans:K with K of 2 or more", states));
}

// What the loss saw of pairs of views, and the states that they are in.
struct Views {
  Tensor z1, z2;
  std::vector<int> state1, state2;
};

class Measurement {
 public:
  explicit Measurement(const TheorySettings& settings)
      : s_(settings),
        clusters_(clusters_of(settings.states)),
        // Views that training has not seen.
        run_(open_run(settings.run, settings.root, Key(settings.seed).fold(0x74).value)),
        batch_(options_in<RunOptions>(run_.config, "run").batch),
        loss_(theory_of(run_.config.name("loss"), run_.config.settings("loss"))),
        states_(clusters_ ? clusters_ : run_.task->classes()) {
    load_model(run_.folder, *run_.model);
    run_.model->eval();
    for (const auto& [name, value] : run_.model->loss().learned()) {
      if (name == "temperature") loss_.temperature = value;
      if (name == "bias") loss_.bias = value;
    }
    for (int i = 0; i < states_; ++i) names_.push_back(std::to_string(i));
    if (clusters_) find_clusters();
  }

  int run() {
    catch_interrupts();
    if (!s_.out.empty()) RunFolder(s_.out).create();  // refused now rather than after measuring
    const Views views = embed();
    if (interrupted()) {
      std::fprintf(stderr, "nce: interrupted; nothing was written\n");
      return interrupt_exit_code();
    }
    estimate_ = losses::estimate_joint(views.state1, views.state2, states_, {.seed = s_.seed});
    const losses::Measured measured = losses::measure(
        views.z1, views.z2, views.state1, views.state2, states_, *loss_.target,
        {.temperature = loss_.temperature, .batch = batch_, .bias = loss_.bias, .bootstrap = {.seed = s_.seed}});
    measured_ = loss_.shown(measured.mean, batch_);
    error_ = loss_.shown_error(measured.mean, measured.error, batch_);
    batches_ = measured.batches;
    if (has_target()) compare();
    if (!s_.out.empty()) {
      write_file(s_.out, "states.csv", csv());
      write_file(s_.out, "states.svg", picture());
    }
    if (s_.json)
      fmt::print("{}\n", json().dump());
    else
      print();
    return 0;
  }

 private:
  bool has_target() const { return loss_.target->has_target(); }

  void find_clusters() {
    const NoGrad no_grad;
    const int64_t count = std::min(kClusteredExamples, int64_t(run_.task->labels(data::Split::train).size()));
    check(clusters_ <= count, "--states kmeans:{}: there are only {} examples", clusters_, count);
    kmeans_ = nn::fit_kmeans(normalize(run_.model->embed(data::Split::train, count)),
                             {.clusters = clusters_, .key = Key(s_.seed)});
  }

  Views embed() {
    const NoGrad no_grad;
    Views views;
    std::vector<Tensor> all1, all2;
    const int64_t batches = (s_.pairs + batch_ - 1) / batch_;
    for (int64_t epoch = 0, done = 0; done < batches && !interrupted(); ++epoch) {
      run_.task->start_epoch(epoch, 0);
      for (; done < batches && !interrupted() && run_.task->next(); ++done) {
        const auto [z1, z2] = halves(run_.model->embed_views());
        all1.push_back(z1), all2.push_back(z2);
        const auto add = [&](std::vector<int>& states, const Tensor& z) {
          const std::span<const int> labels = run_.task->batch_labels();
          const std::vector<int> found =
              clusters_ ? kmeans_.assign(normalize(z)) : std::vector<int>(labels.begin(), labels.end());
          states.insert(states.end(), found.begin(), found.end());
        };
        add(views.state1, z1), add(views.state2, z2);
      }
    }
    views.z1 = concatenate(all1), views.z2 = concatenate(all2);
    return views;
  }

  void compare() {
    const losses::Joint& joint = estimate_.joint;
    target_ = loss_.shown(loss_.target->target(joint, batch_), batch_);
    // The error of the target: what it changes by when c1/c2 changes by its own.
    losses::Joint other = joint;
    for (size_t s = 0; s < other.c1.values.size(); ++s)
      other.c1.values[s] += estimate_.ratio_error.values[s] * joint.c2.values[s];
    target_error_ = loss_.shown(loss_.target->target(other, batch_), batch_);
    for (size_t s = 0; s < target_.values.size(); ++s)
      target_error_.values[s] = std::abs(target_error_.values[s] - target_.values[s]);
    distance_ = losses::distance(measured_, target_, joint);
    reach_ = loss_.target->reach(joint, batch_);
    if (states_ > kTableStates || *std::min_element(joint.pi.begin(), joint.pi.end()) <= 0) return;
    const StateMatrix s = bounded_logits(joint, loss_, batch_, Bound::vectors,
                                         options_in<HeadOptions>(run_.config, "head").dim, Key(s_.seed).fold(9));
    vectors_ = loss_.shown(losses::read_out(joint, *loss_.target, batch_, s), batch_);
    vectors_distance_ = losses::distance(vectors_, target_, joint);
  }

  // The mean over pairs of one state, or of two, weighted by c2.
  double mean_of(const StateMatrix& matrix, bool same) const {
    double sum = 0, weights = 0;
    for (int i = 0; i < states_; ++i)
      for (int j = 0; j < states_; ++j)
        if ((i == j) == same && std::isfinite(matrix(i, j)))
          sum += estimate_.joint.c2(i, j) * matrix(i, j), weights += estimate_.joint.c2(i, j);
    return weights > 0 ? sum / weights : NAN;
  }

  std::string what() const {
    return clusters_ ? fmt::format("{} clusters", clusters_) : fmt::format("{} labels", states_);
  }
  std::string head() const {
    return fmt::format("{}: {}, {}, temperature {:g}, batch {}", s_.run.string(), run_.config.name("data"),
                       loss_.title(), loss_.temperature, batch_);
  }

  void print() const {
    const StateMatrix ratio = estimate_.joint.ratio();
    fmt::print("{}\nstates: {}; {} pairs of views in {} batches\n", head(), what(), estimate_.pairs, batches_);
    const auto matrix = [&](const std::string& name, const StateMatrix& values) {
      if (!values.values.empty() && states_ <= kTableStates)
        fmt::print("\n{}\n{}", name, table_of(values, names_, 2));
    };
    matrix("c1/c2, by the states of the two views", ratio);
    if (has_target()) matrix(fmt::format("target of {}", loss_.target->shown_name()), target_);
    matrix("vectors of length one, one for each state, at their best", vectors_);
    matrix(fmt::format("measured {}", loss_.target->shown_name()), measured_);

    fmt::print("\n{:<22}{:>13}{:>20}\n", loss_.target->shown_name() + ", mean over", "one state",
               "different states");
    const auto line = [&](const char* name, const StateMatrix& values) {
      if (!values.values.empty())
        fmt::print("{:<22}{:>13}{:>20}\n", name, three_digits(mean_of(values, true)),
                   three_digits(mean_of(values, false)));
    };
    line("c1/c2", ratio), line("target", target_), line("its bootstrap error", target_error_);
    line("best unit vectors", vectors_), line("measured", measured_), line("its bootstrap error", error_);
    if (has_target()) explain();
    if (!s_.out.empty()) fmt::print("\nwritten to {}: states.csv, states.svg\n", s_.out.string());
  }

  void explain() const {
    fmt::print("\nDistance from the target: {} in the mean (weighted by c2), {} at most.\n",
               three_digits(distance_.mean_absolute), three_digits(distance_.largest_absolute));
    if (!vectors_.values.empty())
      fmt::print(
          "One unit vector for each state, without fault, would be at {}: so much is the bound of cosines.\n",
          three_digits(vectors_distance_.mean_absolute));
    if (!clusters_)
      fmt::print(
          "A view keeps its label, so that c1 is diagonal: c1/c2 is 1/pi_i between views of one label and 0 "
          "between\n"
          "others. Clusters (--states kmeans:K) that views move between say more.\n");
    fmt::print("{}\n", wrapped(reach_.text));
  }

  std::string csv() const {
    Csv csv({"anchor", "candidate", "unit", "c1", "c2", "ratio", "ratio_error", "target", "target_error",
             "unit_vectors", "measured", "measured_error"});
    const StateMatrix ratio = estimate_.joint.ratio();
    const auto value = [](const StateMatrix& matrix, int i, int j) {
      return matrix.values.empty() ? std::string() : field(matrix(i, j));
    };
    for (int i = 0; i < states_; ++i)
      for (int j = 0; j < states_; ++j)
        csv.row({names_[size_t(i)], names_[size_t(j)], loss_.target->shown_name(), value(estimate_.joint.c1, i, j),
                 value(estimate_.joint.c2, i, j), value(ratio, i, j), value(estimate_.ratio_error, i, j),
                 value(target_, i, j), value(target_error_, i, j), value(vectors_, i, j), value(measured_, i, j),
                 value(error_, i, j)});
    return csv.text();
  }

  std::string picture() const {
    StatePicture p;
    p.title = head();
    p.subtitle = fmt::format("states: {}; {} pairs of views", what(), estimate_.pairs);
    p.states = names_;
    p.rows = "anchor in state", p.columns = "candidate in state", p.scale = loss_.target->shown_name();
    if (has_target()) p.maps.push_back({"target", target_.values});
    if (!vectors_.values.empty()) p.maps.push_back({"best unit vectors", vectors_.values});
    p.maps.push_back({"measured", measured_.values});
    set_scale(p, (has_target() ? target_ : measured_).values, has_target() ? 1 : 0);
    return to_svg(p);
  }

  Json json() const {
    const auto optional = [](const StateMatrix& matrix) {
      return matrix.values.empty() ? Json() : json_of(matrix);
    };
    return {{"run", s_.run.string()},
            {"loss", loss_.target->name()},
            {"temperature", loss_.temperature},
            {"batch", batch_},
            {"states", what()},
            {"pairs", estimate_.pairs},
            {"unit", loss_.target->shown_name()},
            {"pi", json_of(estimate_.joint.pi)},
            {"c1", json_of(estimate_.joint.c1)},
            {"c1_over_c2", json_of(estimate_.joint.ratio())},
            {"c1_over_c2_error", json_of(estimate_.ratio_error)},
            {"target", optional(target_)},
            {"target_error", optional(target_error_)},
            {"unit_vectors", optional(vectors_)},
            {"measured", json_of(measured_)},
            {"measured_error", json_of(error_)},
            {"mean_absolute_distance", has_target() ? json_of(distance_.mean_absolute) : Json()},
            {"mean_relative_distance", has_target() ? json_of(distance_.mean_relative) : Json()},
            {"largest_absolute_distance", has_target() ? json_of(distance_.largest_absolute) : Json()},
            {"text", reach_.text}};
  }

  const TheorySettings& s_;
  int clusters_;
  TrainedRun run_;
  int64_t batch_;
  TheoryLoss loss_;
  int states_;
  std::vector<std::string> names_;
  nn::KMeans kmeans_;

  // Results; read-outs as they are shown.
  losses::JointEstimate estimate_;
  StateMatrix target_, target_error_, vectors_, measured_, error_;
  losses::Distance distance_, vectors_distance_;
  losses::Reach reach_;
  int64_t batches_ = 0;
};

}  // namespace

int theory_of_run(const TheorySettings& settings) { return Measurement(settings).run(); }

}  // namespace nce::cli
