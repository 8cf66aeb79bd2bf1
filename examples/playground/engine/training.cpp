// The requests of a training: one at a time, which `train_start` begins anew.
#include <algorithm>
#include <cmath>

#include "engine/parts.h"
#include "engine/request.h"
#include "engine/settings.h"
#include "engine/train.h"
#include "nce/core/error.h"

namespace nce::playground {
namespace {

using nlohmann::json;

std::unique_ptr<Training>& training() {
  static std::unique_ptr<Training> one;
  return one;
}
Training& running(const Request& request) {
  check(training() != nullptr, "{}: there is no training; ask for train_start first", request.part());
  return *training();
}

json number(double value) { return std::isnan(value) ? json(nullptr) : json(value); }

}  // namespace

// {"do": "train_start", "loss", "encoder", "views": {"name": "crop,affine", "options": {...}}, "training": {"batch": 64}} -> "parameters"
// of the encoder, "chance": the loss of embeddings that tell nothing, null where it has none; "raw_knn": kNN accuracy of
// raw pixels; "labels" of the test pictures. "training" has options of "options" of "training", those that differ from the defaults.
json train_start(const json& json_request) {
  const Request request(json_request);
  TrainingOptions options;
  set_options(options, settings_of(member(json_request, "training", "train_start"), "train_start: training"));
  TrainingChoice choice;
  choice_of(json_request, "loss", "train_start", choice.loss, choice.loss_options);
  choice_of(json_request, "encoder", "train_start", choice.encoder, choice.encoder_options);
  choice_of(json_request, "views", "train_start", choice.views, choice.views_options);
  training() = std::make_unique<Training>(choice, options);
  return {{"parameters", training()->parameters()},
          {"chance", number(training()->chance())},
          {"raw_knn", training()->raw_knn()},
          {"labels", training()->labels()}};
}

// {"do": "train_step", "steps": 5} -> "step": how many there were, "losses": of these steps.
json train_step(const json& json_request) {
  const Request request(json_request);
  Training& now = running(request);
  std::vector<double> losses;
  for (int64_t i = request.integer("steps", 1, 10'000); i > 0; --i) losses.push_back(now.step());
  return {{"step", now.steps()}, {"losses", losses}};
}

// {"do": "train_look"} -> "knn": accuracy of the encoder's features on the test pictures, 0 .. 1; "points": the embedding of each, "dim"
// numbers (2 or 3) one after another.
json train_look(const json& json_request) {
  Training& now = running(Request(json_request));
  const auto [knn, points] = now.look();
  return {{"knn", knn}, {"dim", points.size(1)}, {"points", points.to_vector<double>()}};
}

// {"do": "train_views", "count": 8} -> what the encoder sees in the next step: "views", a list for each view of "count" pictures, a
// picture being "height" x "width" bytes.
json train_views(const json& json_request) {
  const Request request(json_request);
  const Training& now = running(request);
  const Tensor& views = now.batch().views;
  const int64_t batch = int64_t(now.batch().labels.size()), pixels = views.size(1) * views.size(2);
  const int64_t count = std::min(request.integer("count", 1, 1024), batch);
  const std::vector<float> values = views.to_vector<float>();
  const float mean = now.normalisation().mean_of(0), std = now.normalisation().std_of(0);
  json all = json::array();
  for (int64_t row = 0; row < views.size(0); ++row) {
    if (row % batch == 0) all.push_back(json::array());
    if (row % batch >= count) continue;
    json picture = json::array();
    for (int64_t p = row * pixels; p < (row + 1) * pixels; ++p)
      picture.push_back(int(std::clamp((values[size_t(p)] * std + mean) * 255 + 0.5f, 0.0f, 255.0f)));
    all.back().push_back(std::move(picture));
  }
  return {{"height", views.size(1)}, {"width", views.size(2)}, {"views", all}};
}

}  // namespace nce::playground
