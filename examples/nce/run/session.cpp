#include "run/session.h"

#include <fmt/format.h>

#include <fstream>

#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/files/contents.h"
#include "nce/core/files/paths.h"
#include "nce/data/digest.h"
#include "nce/nn/checkpoint.h"
#include "run/init.h"
#include "usage.h"

namespace nce::cli {
namespace {

// Which examples an epoch shows may depend on a file: what it holds is part of the run.
std::string digest_of_weights(const Config& config) {
  const Option* file = config.find("sampler", "weights");
  if (!file || file->value.empty()) return "";
  const std::string text = contents_of(file->value);
  return fmt::format("{:016x}", data::digest(std::as_bytes(std::span(text))));
}

}  // namespace

Session::Session(const RunFolder& run, const Config& config, Model& model, nn::Optimizer& optimizer,
                 const Task& task, const Start& start)
    : run_(run),
      model_(model),
      optimizer_(optimizer),
      task_(task),
      origin_{options_in<RunOptions>(config, "run").epochs, task.describe(), task.identity(), kernels_in_use(),
              digest_of_weights(config)},
      start_(start),
      has_state_(start.resume && is_there(run.state())),
      started_from_(start_weights(options_in<RunOptions>(config, "run"))),
      lock_(run),
      former_(open()) {
  if (former_) saved_ = former_->place;
  save_state(run_, model_, optimizer_, {saved_, origin_});
  // Not before the first step: nobody shall take the checkpoint of an untrained encoder for the run's.
  if (saved_.begun() && !saved_.best) save_encoder();
  AtomicFile(run_.checkpoint());
  uintmax_t encoder = 0;
  for (const auto& [name, tensor] : model_.encoder().state_dict())
    encoder += uintmax_t(tensor->numel()) * size_of(tensor->dtype());
  run_.check_room(uintmax_t(bytes_of(run_.state())) + 2 * encoder);  // a former file stays until the end
  write_config(config);  // last: where a new run is refused, there is none to continue
}

// What changed on the way stands below the options, in comments.
void Session::write_config(const Config& config) const {
  std::string history;
  std::ifstream former(run_.config());
  for (std::string line; std::getline(former, line);)
    if (line.starts_with("# after ")) history += line + "\n";
  for (const Change& change : start_.changes)
    if (saved_.begun())
      history +=
          fmt::format("# {}: {} changed from {} to {}\n", saved_.text(), change.key, change.former, change.now);
  AtomicFile file(run_.config());
  file.write(to_toml(config) + (history.empty() ? "" : "\n" + history));
  file.commit();
}

std::vector<std::string> Session::start_weights(const RunOptions& options) {
  if (options.init_from.empty() && !options.init_prefix.empty())
    throw UsageError("--init-prefix is of the file that --init-from names: give both, or neither");
  if (options.init_from.empty() || has_state_) return {};
  return init_from(options.init_from, options.init_prefix, model_);
}

std::optional<Saved> Session::open() {
  if (start_.overwrite) run_.clear();
  check(start_.resume || !is_there(run_.config()), "{}: another process has just started a run there",
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

void Session::keep_best() {
  save_best(run_, model_);
  save_encoder();
}

void Session::save(const Place& place) {
  save_state(run_, model_, optimizer_, {place, origin_});
  if (!place.best) save_encoder();  // a kill before this leaves the encoder one save behind
  saved_ = place;
}

void Session::stop(const std::string& why) const {
  const std::string folder = run_.path().string();
  if (saved_.begun())
    fail(
        "{}: training stops; what was saved {} is kept. Go on from there with nce train --out {} --resume and a lower "
        "--lr or --clip-norm 1, or start anew with --overwrite and a higher --temperature",
        why, saved_.text(), folder);
  fail(
      "{}: training stops; no step was saved. Start anew: --out {} --overwrite with a lower --lr, a higher "
      "--temperature or --clip-norm 1",
      why, folder);
}

}  // namespace nce::cli
