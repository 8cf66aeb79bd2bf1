#include "theory/synthetic.h"

#include <algorithm>

#include "nce/losses/theory/free_logits.h"
#include "theory/bounds.h"

namespace nce::cli {

using losses::Joint;
using losses::StateMatrix;

namespace {

TrainedLoss start(const TheoryLoss& loss, const Joint& joint, const TheorySettings& settings, int64_t batch) {
  TrainedLoss row{.loss = loss, .batch = batch, .reach = loss.target->reach(joint, batch)};
  if (loss.target->has_target()) row.target = loss.shown(loss.target->target(joint, batch), batch);
  const auto put = [&](size_t rung, const StateMatrix& read_out) { row.rungs[rung] = loss.shown(read_out, batch); };
  if (row.has_target()) put(kFree, losses::descend(joint, *loss.target, batch).read_out);
  if (joint.states() <= kLadderStates)
    for (const auto& [rung, bound] :
         {std::pair(kInterval, Bound::interval), {kDiagonal, Bound::diagonal}, {kVectors, Bound::vectors}})
      put(rung,
          losses::read_out(joint, *loss.target, batch,
                           bounded_logits(joint, loss, batch, bound, settings.dim, Key(settings.seed).fold(9))));
  return row;
}

void finish(TrainedLoss& row, const Joint& joint, int64_t batch, ExperimentResult result) {
  row.result = std::move(result);
  row.rungs[kEncoder] = row.loss.shown(row.result.mean, batch);
  row.error = row.loss.shown_error(row.result.mean, row.result.error, batch);
  for (StateMatrix& matrix : row.result.course) matrix = row.loss.shown(std::move(matrix), batch);
  for (size_t rung = 0; row.has_target() && rung < kRungs; ++rung)
    if (!row.rungs[rung].empty()) row.distance[rung] = losses::distance(row.rungs[rung], row.target, joint);
}

}  // namespace

int64_t batch_of(const TheorySettings& settings) {
  return settings.batch.empty() ? std::min<int64_t>(1000, settings.samples) : settings.batch.front();
}

std::vector<TrainedLoss> train_losses(const TheorySettings& settings, const StateModel& model,
                                      const std::vector<TheoryLoss>& losses,
                                      const std::function<void(const TheoryLoss&)>& begin,
                                      const std::function<bool()>& stop) {
  const Joint joint = model.joint();
  const int64_t batch = batch_of(settings);
  std::vector<TrainedLoss> rows;
  for (const TheoryLoss& loss : losses) {
    begin(loss);
    TrainedLoss row = start(loss, joint, settings, batch);
    auto result = run_experiment(model, loss, settings, batch, stop);
    if (!result) break;
    finish(row, joint, batch, *std::move(result));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace nce::cli
