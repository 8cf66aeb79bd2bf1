#include "run/session.h"

#include <fmt/format.h>

#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/files/paths.h"
#include "nce/nn/checkpoint.h"
#include "run/init.h"
#include "usage.h"

namespace nce::cli {

Session::Session(const RunFolder& run, const Config& config, Model& model, nn::Optimizer& optimizer,
                 const Task& task, bool resume)
    : run_(run),
      model_(model),
      optimizer_(optimizer),
      task_(task),
      origin_{options_in<RunOptions>(config, "run").epochs, task.describe(), task.identity(), kernels_in_use()},
      resume_(resume),
      has_state_(resume && is_there(run.state())),
      started_from_(start_weights(options_in<RunOptions>(config, "run"))),
      lock_(run),
      former_(open()) {
  if (former_) saved_ = former_->place;
  save_state(run_, model_, optimizer_, {saved_, origin_});
  // Not before the first step: nobody shall take the checkpoint of an untrained encoder for the run's.
  if (saved_.begun()) save_encoder();
  AtomicFile(run_.checkpoint());
  uintmax_t encoder = 0;
  for (const auto& [name, tensor] : model_.encoder().state_dict())
    encoder += uintmax_t(tensor->numel()) * size_of(tensor->dtype());
  run_.check_room(uintmax_t(bytes_of(run_.state())) + 2 * encoder);  // a former file stays until the end
  AtomicFile file(run_.config());  // last: where a new run is refused, there is none to continue
  file.write(to_toml(config));
  file.commit();
}

std::vector<std::string> Session::start_weights(const RunOptions& options) {
  if (options.init_from.empty() && !options.init_prefix.empty())
    throw UsageError("--init-prefix is of the file that --init-from names: give both, or neither");
  if (options.init_from.empty() || has_state_) return {};
  return init_from(options.init_from, options.init_prefix, model_);
}

std::optional<Saved> Session::open() {
  check(resume_ || !is_there(run_.config()), "{}: another process has just started a run there",
        run_.path().string());
  if (!has_state_) return {};
  const Saved former = load_state(run_, model_, optimizer_, origin_);
  const int64_t begun = former.place.epoch + (former.place.step > 0);
  if (origin_.epochs < begun)
    throw UsageError(fmt::format("--epochs {}: the run in {} has begun {} epochs, and cannot get shorter",
                                 origin_.epochs, run_.path().string(), begun));
  return former;
}

void Session::save_encoder() {
  auto metadata = task_.metadata();
  metadata["data"] = origin_.identity;
  nn::save_checkpoint(run_.checkpoint(), model_.encoder(), metadata);
}

void Session::save(const Place& place) {
  check_finite(place);
  save_state(run_, model_, optimizer_, {place, origin_});
  save_encoder();  // a kill before this leaves the encoder one save behind
  saved_ = place;
}

void Session::check_finite(const Place& place) {
  if (const std::string name = not_finite(model_, optimizer_); !name.empty())
    stop(fmt::format("{}: {} is not finite", place.text(), name));
}

void Session::stop(const std::string& why) const {
  const std::string kept = saved_.begun() ? "the last good checkpoint is kept, " + saved_.text()
                                          : std::string("nothing was saved before");
  const std::string from =
      saved_.begun() ? fmt::format("; to start from that checkpoint, add --init-from {}", run_.state().string())
                     : "";
  fail("{}: training stops; {}. Start another run with a lower --lr, a higher --temperature or --clip-norm 1{}",
       why, kept, from);
}

}  // namespace nce::cli
