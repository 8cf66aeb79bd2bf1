#include "run/state.h"

#include <fmt/format.h>

#include <charconv>

#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "nce/nn/checkpoint.h"
#include "nce/nn/encoders/trained.h"

namespace nce::cli {
namespace {

constexpr const char* kFormat = "2";

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

// Format 2 has all in PyTorch's layout. Before, a file named no format and had the moments in ours.
nn::State moments(const SafeTensors& file) {
  const auto format = file.metadata.find("format");
  check(format == file.metadata.end() || format->second == kFormat,
        "this state has format {}, and this program reads format {}", format->second, kFormat);
  nn::State found;
  for (const auto& [name, tensor] : file.tensors)
    if (name.starts_with("optimizer.")) found.emplace_back(name, tensor);
  return nn::from_pytorch(format == file.metadata.end() ? nn::to_pytorch(found) : found, "optimizer.");
}

}  // namespace

void save_state(const RunFolder& run, Model& model, nn::Optimizer& optimizer, const Place& place,
                const TrainSettings& settings, const data::Dataset& set, const data::Normalisation& normalisation) {
  nn::State all = nn::to_pytorch(model.encoder->state_dict(), "encoder.");
  for (auto& named : nn::to_pytorch(model.head->state_dict(), "head.")) all.push_back(std::move(named));
  for (auto& named : nn::to_pytorch(model.loss->state_dict(), "loss.")) all.push_back(std::move(named));
  for (auto& named : nn::to_pytorch(optimizer.state_dict(), "optimizer.")) all.push_back(std::move(named));
  save_safetensors(run.state(), all,
                   {{"format", kFormat},
                    {"epoch", fmt::format("{}", place.epoch)},
                    {"step", fmt::format("{}", place.step)},
                    {"loss_sum", fmt::format("{}", place.loss_sum)}});
  nn::save_checkpoint(run.checkpoint(), *model.encoder,
                      nn::encoder_metadata(settings.encoder, image_size(set), encoder_settings(settings),
                                           normalisation.mean, normalisation.std));
}

Place load_state(const RunFolder& run, Model& model, nn::Optimizer& optimizer) {
  const SafeTensors file = load_safetensors(run.state());
  try {
    model.encoder->load_state_dict(nn::from_pytorch(file.tensors, "encoder."));
    model.head->load_state_dict(nn::from_pytorch(file.tensors, "head."));
    model.loss->load_state_dict(nn::from_pytorch(file.tensors, "loss."));
    optimizer.load_state_dict(moments(file));
  } catch (const Error& error) { fail("{}: {}", run.state().string(), error.what()); }
  return {.epoch = number<int64_t>(file, run.state(), "epoch"),
          .step = number<int64_t>(file, run.state(), "step"),
          .loss_sum = number<double>(file, run.state(), "loss_sum")};
}

}  // namespace nce::cli
