#include "run/state.h"

#include <fmt/format.h>

#include <charconv>

#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "nce/nn/checkpoint.h"

namespace nce::cli {
namespace {

using Tensors = std::vector<std::pair<std::string, Tensor>>;

Tensors with_prefix(const Tensors& tensors, const std::string& prefix) {
  Tensors found;
  for (const auto& [name, tensor] : tensors)
    if (name.starts_with(prefix)) found.emplace_back(name.substr(prefix.size()), tensor);
  return found;
}

template <class T>
T number(const SafeTensors& file, const std::filesystem::path& path, const std::string& key) {
  const auto found = file.metadata.find(key);
  check(found != file.metadata.end(), "{}: lacks '{}': not the state of a run", path.string(), key);
  T value{};
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc{} && end == text.data() + text.size(), "{}: '{}' is '{}', which is not a number",
        path.string(), key, text);
  return value;
}

}  // namespace

void save_state(const RunFolder& run, Model& model, nn::Optimizer& optimizer, const Place& place,
                const TrainSettings& settings, const data::Dataset& set, const data::Normalisation& normalisation) {
  Tensors all = nn::to_pytorch(model.encoder->state_dict(), "encoder.");
  for (auto& named : nn::to_pytorch(model.head->state_dict(), "head.")) all.push_back(std::move(named));
  for (auto& named : nn::to_pytorch(model.loss->state_dict(), "loss.")) all.push_back(std::move(named));
  for (auto& [name, tensor] : optimizer.state_dict()) all.emplace_back("optimizer." + name, tensor);
  save_safetensors(run.state(), all,
                   {{"epoch", fmt::format("{}", place.epoch)},
                    {"step", fmt::format("{}", place.step)},
                    {"loss_sum", fmt::format("{}", place.loss_sum)}});
  nn::save_checkpoint(run.checkpoint(), *model.encoder,
                      {{"encoder", settings.encoder},
                       {"width", fmt::format("{}", settings.width)},
                       {"image", fmt::format("{} {} {}", set.height, set.width, set.channels)},
                       {"mean", fmt::format("{}", fmt::join(normalisation.mean, " "))},
                       {"std", fmt::format("{}", fmt::join(normalisation.std, " "))}});
}

Place load_state(const RunFolder& run, Model& model, nn::Optimizer& optimizer) {
  const SafeTensors file = load_safetensors(run.state());
  try {
    model.encoder->load_state_dict(nn::from_pytorch(file.tensors, "encoder."));
    model.head->load_state_dict(nn::from_pytorch(file.tensors, "head."));
    model.loss->load_state_dict(nn::from_pytorch(file.tensors, "loss."));
    optimizer.load_state_dict(with_prefix(file.tensors, "optimizer."));
  } catch (const Error& error) { fail("{}: {}", run.state().string(), error.what()); }
  return {.epoch = number<int64_t>(file, run.state(), "epoch"),
          .step = number<int64_t>(file, run.state(), "step"),
          .loss_sum = number<double>(file, run.state(), "loss_sum")};
}

}  // namespace nce::cli
