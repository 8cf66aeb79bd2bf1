#include <doctest/doctest.h>

#include <cmath>

#include "ask.h"
#include "nce/losses/catalogue.h"
#include "nce/losses/theory/free_logits.h"

using namespace nce;
using nlohmann::json;
using test::ask;
using test::refusal;

namespace {

json request(const json& model, const std::string& loss, const json& options = json::object(), int batch = 100) {
  return {{"do", "transition"},
          {"loss", {{"name", loss}, {"options", options}}},
          {"source", model["source"]},
          {"transition", model["transition"]},
          {"batch", batch}};
}
json all_models() { return ask({{"do", "models"}})["models"]; }
json edit(const json& model, int row, int column, double value) {
  return ask({{"do", "model_edit"},
              {"source", model["source"]},
              {"transition", model["transition"]},
              {"row", row},
              {"column", column},
              {"value", value}});
}
json resize(const json& model, int states) {
  return ask({{"do", "model_resize"},
              {"source", model["source"]},
              {"transition", model["transition"]},
              {"states", states}});
}
double sum_of(const json& numbers) {
  double sum = 0;
  for (const json& one : numbers) sum += one.get<double>();
  return sum;
}

}  // namespace

TEST_CASE("the paper's example: c1/c2, and free logits that reach the target of every loss that has one, to 1e-6") {
  const json model = all_models()[0];
  const json known = ask(request(model, "dcl"));
  CHECK(known["ratio"][0][0] == doctest::Approx(1.2222).epsilon(1e-4));
  CHECK(known["ratio"][0][2] == doctest::Approx(0.8667).epsilon(1e-4));
  int reached = 0;
  const json losses = test::all_losses(), models = all_models();
  for (const json& loss : losses) {
    if (!loss["free_logits"]) continue;
    for (const json& each : models) {
      CAPTURE(loss["name"].get<std::string>());
      CAPTURE(each["name"].get<std::string>());
      const json answer = ask(request(each, loss["name"]));
      REQUIRE(answer.value("error", "") == "");
      if (answer["outcome"] != "reaches" && answer["outcome"] != "reaches_as_batch_grows") continue;
      CHECK(answer["frames"].back()["deviation"] < 1e-6);
      ++reached;
    }
  }
  CHECK(reached > 40);
}

TEST_CASE("what the page shows of free logits is what the library has") {
  const json model = all_models()[1];
  const json answer = ask(request(model, "sc_info_nce", {{"delta", 1.5}, {"gamma", 0.2}}, 20));
  const losses::Joint joint = losses::joint_of(model["source"].get<std::vector<double>>(),
                                               {4, model["transition"].get<std::vector<double>>()});
  const auto target = losses::make_loss("sc_info_nce", {{"delta", "1.5"}, {"gamma", "0.2"}})->target();
  const losses::FreeLogits end = losses::descend(joint, *target, 20);
  CHECK(answer["outcome"] == "drifts_up");
  CHECK(answer["text"] == end.reach.text);
  for (int i = 0; i < 4; ++i) {
    CHECK(answer["drift"][size_t(i)] == doctest::Approx(0.3).epsilon(1e-9));  // delta - gamma - 1
    for (int j = 0; j < 4; ++j) {
      const auto shown = [&](const char* name) { return answer[name][size_t(i)][size_t(j)].get<double>(); };
      CHECK(shown("c1") == joint.c1(i, j));
      CHECK(shown("c2") == joint.c2(i, j));
      CHECK(shown("target") == doctest::Approx(1.5 * joint.c1(i, j) / joint.c2(i, j) - 0.2).epsilon(1e-12));
      CHECK(shown("settles") == doctest::Approx(1.5 * joint.c1(i, j) / joint.c2(i, j) - 0.5).epsilon(1e-9));
      CHECK(answer["frames"].back()["read_out"][size_t(i)][size_t(j)] ==
            doctest::Approx(target->shown(end.read_out(i, j), 20)).epsilon(1e-9));
      CHECK(answer["frames"][0]["read_out"][size_t(i)][size_t(j)] == doctest::Approx(1));  // independent states
    }
  }
  CHECK(answer["frames"].back()["off_shape"] < 1e-6);
}

TEST_CASE("the options of a loss on the page are those that theory sees") {
  const auto names = [](const std::string& loss, const json& options = json::object()) {
    std::vector<std::string> names;
    const json answer = ask(request(all_models()[0], loss, options));
    for (const json& one : answer["options"]) names.push_back(one["name"]);
    return names;
  };
  CHECK(names("info_nce") == std::vector<std::string>{"negatives"});
  CHECK(names("sc_info_nce") == std::vector<std::string>{"delta", "gamma", "denominator", "positive_weight"});
  CHECK(names("sig_lip").empty());
  CHECK(refusal(request(all_models()[0], "triplet")) ==
        "transition: triplet: theory does not know where it goes, with these options");
}

TEST_CASE("a model that is edited still sums to one, and the rest of the row keeps its proportions") {
  const json model = all_models()[0], row = edit(model, 0, 0, 0.9);  // 0.5 0.3 0.2
  CHECK(row["transition"][0] == 0.9);
  CHECK(row["transition"][1] == doctest::Approx(0.06));
  CHECK(row["transition"][2] == doctest::Approx(0.04));
  CHECK(row["transition"][3] == model["transition"][3]);
  const json source =
      edit(edit(model, -1, 1, 1), -1, 1, 0.5)["source"];  // nothing else was left, so the others are equal
  CHECK(source == json{0.25, 0.5, 0.25});
  CHECK(sum_of(resize(model, 5)["source"]) == doctest::Approx(1));
  CHECK(sum_of(resize(model, 2)["transition"]) == doctest::Approx(2));
  CHECK(resize(model, 4)["transition"][15] == 1);
  CHECK(ask(request(resize(model, 6), "nt_xent"))["frames"].back()["deviation"] < 1e-6);
  CHECK(edit(model, 0, 0, 1.5)["error"] == "model_edit: value: must be within 0 .. 1, got 1.5");
  json wrong = model;
  wrong["source"][0] = 0.5;
  CHECK(refusal(request(wrong, "dcl")) != "");
  wrong["source"] = {1};
  CHECK(refusal(request(wrong, "dcl")) == "transition: source: 2 to 12 states are needed, got 1");
}
