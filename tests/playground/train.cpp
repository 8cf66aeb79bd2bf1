#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ask.h"
#include "nce/core/ops.h"
#include "nce/data/loader.h"
#include "nce/data/sets/glyphs.h"
#include "nce/losses/info_nce.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/encoders/head.h"
#include "nce/nn/optim/adam.h"

using namespace nce;
using nlohmann::json;
using test::ask;
using test::refusal;

namespace {

json start(const std::string& loss, const json& training, const json& encoder_options = {{"width", 32}},
           const std::string& encoder = "mlp") {
  return {{"do", "train_start"},
          {"loss", {{"name", loss}, {"options", json::object()}}},
          {"encoder", {{"name", encoder}, {"options", encoder_options}}},
          {"views", {{"name", "crop,jitter"}, {"options", json::object()}}},
          {"training", training}};
}

}  // namespace

TEST_CASE("a training on the page is the library's: the losses of the first steps") {
  const json small = {{"images", 120}, {"test_images", 40}, {"batch", 50}, {"dim", 3}, {"lr", 0.01}, {"seed", 7}};
  ask(start("info_nce", small));
  const json steps = ask({{"do", "train_step"}, {"steps", 3}});  // the third is of the second epoch
  CHECK(steps["step"] == 3);

  const data::InMemoryDataset digits = data::glyphs(data::Split::train, {.count = 120});
  Generator generator{.seed = 7};
  const auto encoder = nn::make_encoder("mlp", {28, 28, 1}, generator, {{"width", "32"}});
  const auto head = nn::make_projection_head(8, 8, 3, generator);
  nn::NamedTensors parameters = encoder->named_parameters();
  for (const auto& named : head->named_parameters()) parameters.push_back(named);
  nn::AdamW optimizer(parameters, {.lr = 0.01});
  data::Loader loader(digits, {.batch = 50,
                               .seed = 7,
                               .views = data::make_views("crop,jitter"),
                               .normalisation = data::pixel_statistics(digits),
                               .prefetch = 0});
  for (size_t i = 0; i < 3; ++i) {
    if (i % 2 == 0) loader.start_epoch(int64_t(i / 2));
    const auto [z1, z2] = halves((*head)((*encoder)(loader.next()->views)));
    const Tensor loss = losses::info_nce(z1, z2, {});
    CHECK(steps["losses"][i] == doctest::Approx(loss.item()).epsilon(1e-6));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
}

// The page's defaults in train.js, in 150 of the 200 steps.
TEST_CASE("with the page's own settings 150 steps bring the loss below chance, and kNN past raw pixels") {
  json request = start("info_nce", json::object(), {{"width", 8}}, "conv4");
  request["views"] = {{"name", "crop,affine,jitter"}, {"options", {{"affine_degrees", 15}, {"affine_shear", 10}}}};
  const json begin = ask(request);
  REQUIRE(begin.value("error", "") == "");
  CHECK(begin["chance"] == doctest::Approx(std::log(64)));
  CHECK(ask({{"do", "train_look"}})["knn"] < begin["raw_knn"]);  // random weights
  const json steps = ask({{"do", "train_step"}, {"steps", 150}});
  CHECK(steps["losses"].back() < 0.8 * begin["chance"].get<double>());
  const json look = ask({{"do", "train_look"}});
  CHECK(look["knn"] > begin["raw_knn"].get<double>() + 0.05);
}

TEST_CASE(
    "embeddings of two and three numbers are on the circle and on the sphere, more show their three main directions") {
  for (const int dim : {2, 3, 5}) {
    ask(start("info_nce", {{"images", 100}, {"test_images", 20}, {"batch", 20}, {"dim", dim}}));
    const json look = ask({{"do", "train_look"}});
    CHECK(look["dim"] == std::min(dim, 3));
    REQUIRE(look["points"].size() == 20 * size_t(std::min(dim, 3)));
    double square = 0;
    for (int d = 0; d < std::min(dim, 3); ++d) square += std::pow(look["points"][size_t(d)].get<double>(), 2);
    CHECK(square <= 4);
    if (dim <= 3) CHECK(square == doctest::Approx(1));
  }
}

TEST_CASE("every loss of the catalogue trains on the page, and the views are those that the encoder sees") {
  const json small = {{"images", 100}, {"test_images", 20}, {"batch", 20}, {"dim", 5}};
  const json losses = test::all_losses();
  for (const json& loss : losses) {
    CAPTURE(loss["name"].get<std::string>());
    CHECK(refusal(start(loss["name"], small)) == "");
    const json views = ask({{"do", "train_views"}, {"count", 4}});
    CHECK(views["views"].size() == loss["views"]);
    CHECK(views["views"][0].size() == 4);
    CHECK(views["views"][0][0].size() == 28 * 28);
    const json steps = ask({{"do", "train_step"}, {"steps", 2}});
    CHECK(steps["losses"].size() == 2);
    CHECK(steps["losses"][1].is_number());
  }
}

TEST_CASE("the pictures that are shown are the loader's, and settings that cannot be are refused") {
  json plain = start("info_nce", {{"images", 100}, {"test_images", 20}, {"batch", 100}, {"seed", 3}});
  plain["views"]["name"] = "identity";
  ask(plain);
  const json views = ask({{"do", "train_views"}, {"count", 1}});
  CHECK(views["views"][0] == views["views"][1]);
  const data::InMemoryDataset digits = data::glyphs(data::Split::train, {.count = 100});
  bool found = false;
  for (int64_t i = 0; i < 100 && !found; ++i) {
    const auto bytes = digits.image(i);
    found = views["views"][0][0] == json(std::vector<int>(bytes.begin(), bytes.end()));
  }
  CHECK(found);

  CHECK(refusal(start("info_nce", {{"dim", 1}})) == "dim: must be within 2 .. 128, got 1");
  CHECK(refusal(start("info_nce", {{"images", 100}, {"batch", 200}})) != "");
  CHECK(refusal(start("info", {{"dim", 3}})).starts_with("no loss is called 'info'"));
  CHECK(refusal({{"do", "train_step"}, {"steps", 1}}) == "");  // a refused one leaves that before it
}
