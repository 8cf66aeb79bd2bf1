#include "theory/experiment.h"

#include <algorithm>
#include <cmath>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/nn/layers.h"
#include "nce/nn/optim/adam.h"
#include "nce/nn/optim/schedule.h"

namespace nce::cli {

using losses::StateMatrix;

namespace {

constexpr int64_t kHidden = 64, kCourseBatches = 4, kLastBatches = 16, kCoursePoints = 50;

// Embeddings of both views of some batches, one below the other, and their states.
struct Embedded {
  Tensor z1 = {}, z2 = {};
  std::vector<int> state1 = {}, state2 = {};
};

class Experiment {
 public:
  Experiment(const StateModel& model, const TheoryLoss& loss, const TheorySettings& settings, int64_t batch)
      : o_(settings),
        batch_(batch),
        loss_(loss),
        states_(int(model.states())),
        steps_(settings.samples / batch),
        data_(model, settings.samples, settings.noise, Key(settings.seed).fold(1)),
        fresh_(model, settings.samples, settings.noise, Key(settings.seed).fold(2)),
        generator_{.seed = Key(settings.seed).fold(3).value} {
    net_.add<nn::Linear>(int64_t(states_), kHidden, generator_).add<nn::ReLU>();
    net_.add<nn::Linear>(kHidden, kHidden, generator_).add<nn::ReLU>();
    net_.add<nn::Linear>(kHidden, settings.dim, generator_);
    const auto first_bias = loss.target->first_bias(batch, loss.temperature);
    if (!first_bias) return;
    set_options(*loss_.loss, {{"bias", fmt::format("{}", *first_bias)}});
    loss_.loss->learn();
    for (const auto& [name, parameter] : loss_.loss->parameters()) {
      if (name == "logit_bias") bias_ = parameter;
      if (name == "logit_scale") *parameter = {};  // the temperature stays as it is
    }
  }

  std::optional<ExperimentResult> run(const std::function<bool()>& stop) {
    nn::NamedTensors parameters = net_.named_parameters();
    if (bias_) parameters.emplace_back("logit_bias", bias_);
    nn::AdamW optimizer(parameters, {.lr = o_.lr, .weight_decay = 0});
    const auto schedule =
        nn::make_schedule("cosine", {.lr = o_.lr, .total_steps = o_.epochs * steps_, .warmup_steps = 0});
    const int64_t every = std::max<int64_t>(1, o_.epochs / kCoursePoints);
    ExperimentResult result;
    for (int64_t epoch = 0;; ++epoch) {
      if (epoch % every == 0 || epoch == o_.epochs) {
        result.epochs.push_back(double(epoch));
        result.course.push_back(measure(embed(kCourseBatches), 2).mean);
      }
      if (epoch == o_.epochs) break;
      if (stop()) return std::nullopt;
      for (int64_t step = 0; step < steps_; ++step) {
        optimizer.set_lr(schedule.at(epoch * steps_ + step));
        optimizer.zero_grad();
        const int64_t num_views = losses::known_losses().find(loss_.name).num_views.least;
        const Tensor z = net_(concatenate(data_.batch(epoch, step, batch_, num_views).views));
        const Tensor loss = (*loss_.loss)(losses::views_of(chunk(z, num_views)));
        check(std::isfinite(loss.item()),
              "{}: the loss of step {} of epoch {} is {}; a lower --lr or a higher --temperature may help",
              loss_.title(), step + 1, epoch + 1, loss.item());
        loss.backward();
        optimizer.step();
      }
    }
    const Embedded last = embed(kLastBatches);
    losses::Measured measured = measure(last);
    result.mean = std::move(measured.mean), result.error = std::move(measured.error);
    result.cosines = losses::measure(last.z1, last.z2, last.state1, last.state2, states_, *losses::linear_target(),
                                     {.temperature = 1, .batch = batch_})
                         .mean;
    return result;
  }

 private:
  Embedded embed(int64_t batches) {
    const NoGrad no_grad;
    Embedded all;
    std::vector<Tensor> z1, z2;
    for (int64_t b = 0; b < batches; ++b) {
      const StateViews views = fresh_.batch(b / steps_, b % steps_, batch_);
      z1.push_back(net_(views.views[0])), z2.push_back(net_(views.views[1]));
      all.state1.insert(all.state1.end(), views.states[0].begin(), views.states[0].end());
      all.state2.insert(all.state2.end(), views.states[1].begin(), views.states[1].end());
    }
    all.z1 = concatenate(z1), all.z2 = concatenate(z2);
    return all;
  }

  losses::Measured measure(const Embedded& e, int resamples = 200) const {
    return losses::measure(e.z1, e.z2, e.state1, e.state2, states_, *loss_.target,
                           {.temperature = loss_.temperature,
                            .batch = batch_,
                            .bias = bias_ ? bias_->item() : 0,
                            .bootstrap = {.resamples = resamples, .seed = o_.seed}});
  }

  const TheorySettings& o_;
  int64_t batch_;
  const TheoryLoss& loss_;
  int states_;
  int64_t steps_;
  StateData data_, fresh_;
  Generator generator_;
  nn::Sequential net_;
  Tensor* bias_ = nullptr;  // learned, where the loss has one
};

}  // namespace

std::optional<ExperimentResult> run_experiment(const StateModel& model, const TheoryLoss& loss,
                                               const TheorySettings& settings, int64_t batch,
                                               const std::function<bool()>& stop) {
  return Experiment(model, loss, settings, batch).run(stop);
}

}  // namespace nce::cli
