#include "run/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "nce/core/files/safetensors.h"
#include "nce/core/number.h"
#include "nce/nn/checkpoint.h"

namespace nce::cli {
namespace {

constexpr int64_t kFormat = 3;  // 3: with the run's origin
const std::string kOptimizer = "optimizer.";

const std::string& text_of(const SafeTensors& file, const std::filesystem::path& path, const std::string& key) {
  const auto found = file.metadata.find(key);
  check(found != file.metadata.end(), "{}: lacks '{}': not the state of a run", path.string(), key);
  return found->second;
}

template <class T>
T number(const SafeTensors& file, const std::filesystem::path& path, const std::string& key) {
  const std::string& text = text_of(file, path, key);
  const std::optional<T> value = number_in<T>(text);
  check(value.has_value(), "{}: '{}' is '{}', which is not a {}number", path.string(), key, text,
        std::is_integral_v<T> ? "whole " : "");
  return *value;
}

int64_t whole_number(const SafeTensors& file, const std::filesystem::path& path, const std::string& key) {
  constexpr int64_t kMost = 1'000'000'000;  // the product of two must fit 64 bits
  const auto value = number<int64_t>(file, path, key);
  check(value >= 0 && value <= kMost, "{}: '{}' is {}, outside 0 .. {}", path.string(), key, value, kMost);
  return value;
}

Place place_in(const SafeTensors& file, const std::filesystem::path& path) {
  return {
      .epoch = whole_number(file, path, "epoch"),
      .step = whole_number(file, path, "step"),
      .loss_sum = number<double>(file, path, "loss_sum"),
      .best = file.metadata.contains("best") ? std::optional(number<double>(file, path, "best")) : std::nullopt};
}

SafeTensors read(const std::filesystem::path& path) {
  SafeTensors file = load_safetensors(path);
  const auto format = number<int64_t>(file, path, "format");
  check(format == kFormat, "{}: this state has format {}, and this program reads format {}", path.string(), format,
        kFormat);
  return file;
}

void take(const SafeTensors& file, const std::filesystem::path& path, Model& model, nn::Optimizer* optimizer) {
  try {
    nn::State own;
    for (const auto& [name, tensor] : file.tensors)
      if (!name.starts_with(kOptimizer)) own.emplace_back(name, tensor);
    model.load_state_dict(nn::from_pytorch(own));
    if (optimizer) optimizer->load_state_dict(nn::from_pytorch(file.tensors, kOptimizer));
  } catch (const Error& error) { fail("{}: {}", path.string(), error.what()); }
}

bool is_finite(const Tensor& tensor) {
  bool finite = true;
  dispatch(tensor.dtype(), [&]<class T>(T) {
    const Tensor dense = tensor.contiguous();
    finite = std::all_of(dense.data<T>(), dense.data<T>() + dense.numel(), [](T x) { return std::isfinite(x); });
  });
  return finite;
}

}  // namespace

std::string not_finite(Model& model, const nn::Optimizer& optimizer) {
  for (const auto& [name, tensor] : model.state_dict())
    if (!is_finite(*tensor)) return name;
  for (const auto& [name, tensor] : optimizer.state_dict())
    if (!is_finite(tensor)) return "the optimiser's " + name;
  return "";
}

void save_state(const RunFolder& run, Model& model, const nn::Optimizer& optimizer, const Saved& saved) {
  nn::State all = nn::to_pytorch(model.state_dict());
  for (auto& named : nn::to_pytorch(optimizer.state_dict(), kOptimizer)) all.push_back(std::move(named));
  std::map<std::string, std::string> about{{"format", fmt::format("{}", kFormat)},
                                           {"epoch", fmt::format("{}", saved.place.epoch)},
                                           {"step", fmt::format("{}", saved.place.step)},
                                           {"loss_sum", fmt::format("{}", saved.place.loss_sum)},
                                           {"epochs", fmt::format("{}", saved.origin.epochs)},
                                           {"data", saved.origin.data},
                                           {"identity", saved.origin.identity},
                                           {"kernels", saved.origin.kernels},
                                           {"sampler_weights", saved.origin.weights}};
  if (saved.place.best) about["best"] = fmt::format("{}", *saved.place.best);
  save_safetensors(run.state(), all, about);
}

void save_best(const RunFolder& run, Model& model) {
  save_safetensors(run.best(), nn::to_pytorch(model.state_dict()), {{"format", fmt::format("{}", kFormat)}});
}

Saved load_state(const RunFolder& run, Model& model, nn::Optimizer& optimizer, const Origin& now) {
  const SafeTensors file = read(run.state());
  const auto text = [&](const char* key) { return text_of(file, run.state(), key); };
  const Saved saved{
      .place = place_in(file, run.state()),
      .origin = {.epochs = whole_number(file, run.state(), "epochs"),
                 .data = text("data"),
                 .identity = text("identity"),
                 .kernels = text("kernels"),
                 .weights = file.metadata.contains("sampler_weights") ? text("sampler_weights") : now.weights}};
  check(
      saved.origin.identity == now.identity,
      "{}: the run's data were {} (digest {}), and are {} (digest {}) now: give its own data with --root, or start "
      "another run",
      run.path().string(), saved.origin.data, saved.origin.identity, now.data, now.identity);
  check(
      saved.origin.weights == now.weights,
      "{}: the file of --sampler-weights has other weights than those that the run began with (digest {}, and {} now): "
      "put its own back, or start another run",
      run.path().string(), saved.origin.weights, now.weights);
  take(file, run.state(), model, &optimizer);
  return saved;
}

std::optional<Place> saved_place(const RunFolder& run) {
  if (!is_there(run.state())) return {};
  return place_in(read(run.state()), run.state());
}

void load_model(const RunFolder& run, Model& model) {
  check(is_there(run.state()),
        "{}: is not there: the projection head, whose embeddings the loss saw, is only in it",
        run.state().string());
  const auto file = is_there(run.best()) ? run.best() : run.state();
  take(read(file), file, model, nullptr);
}

}  // namespace nce::cli
