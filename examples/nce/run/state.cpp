#include "run/state.h"

#include <fmt/format.h>

#include <charconv>

#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "nce/nn/checkpoint.h"

namespace nce::cli {
namespace {

constexpr int64_t kFormat = 2;  // all tensors in PyTorch's layout, the optimiser's moments too
const std::string kOptimizer = "optimizer.";

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

SafeTensors load(const RunFolder& run, Model& model, nn::Optimizer* optimizer) {
  SafeTensors file = load_safetensors(run.state());
  const auto format = number<int64_t>(file, run.state(), "format");
  check(format == kFormat, "{}: this state has format {}, and this program reads format {}", run.state().string(),
        format, kFormat);
  try {
    nn::State own;
    for (const auto& [name, tensor] : file.tensors)
      if (!name.starts_with(kOptimizer)) own.emplace_back(name, tensor);
    model.load_state_dict(nn::from_pytorch(own));
    if (optimizer) optimizer->load_state_dict(nn::from_pytorch(file.tensors, kOptimizer));
  } catch (const Error& error) { fail("{}: {}", run.state().string(), error.what()); }
  return file;
}

}  // namespace

void save_state(const RunFolder& run, Model& model, const nn::Optimizer& optimizer, const Place& place,
                const std::map<std::string, std::string>& metadata) {
  nn::State all = nn::to_pytorch(model.state_dict());
  for (auto& named : nn::to_pytorch(optimizer.state_dict(), kOptimizer)) all.push_back(std::move(named));
  save_safetensors(run.state(), all,
                   {{"format", fmt::format("{}", kFormat)},
                    {"epoch", fmt::format("{}", place.epoch)},
                    {"step", fmt::format("{}", place.step)},
                    {"loss_sum", fmt::format("{}", place.loss_sum)}});
  nn::save_checkpoint(run.checkpoint(), model.encoder(), metadata);
}

Place load_state(const RunFolder& run, Model& model, nn::Optimizer& optimizer) {
  const SafeTensors file = load(run, model, &optimizer);
  return {.epoch = number<int64_t>(file, run.state(), "epoch"),
          .step = number<int64_t>(file, run.state(), "step"),
          .loss_sum = number<double>(file, run.state(), "loss_sum")};
}

void load_model(const RunFolder& run, Model& model) {
  check(std::filesystem::exists(run.state()),
        "{}: is not there: the projection head, whose embeddings the loss saw, is only in it",
        run.state().string());
  load(run, model, nullptr);
}

}  // namespace nce::cli
