#include <doctest/doctest.h>

#include "ask.h"
#include "nce/data/views/catalogue.h"
#include "nce/losses/catalogue.h"

using namespace nce;
using nlohmann::json;
using test::ask;
using test::refusal;

TEST_CASE("a request that is no request is answered by an error that names what is wrong") {
  const auto error = [](const std::string& text) { return json::parse(playground::call(text))["error"]; };
  CHECK(error("").get<std::string>().starts_with("request: not JSON: at line 1, column 1:"));
  CHECK(error("[]") == "request: [] is not an object");
  CHECK(error("{}") == "request: lacks 'do'");
  CHECK(error("{\"do\": 3}") == "request: do: 3 is not a text");
  CHECK(error("{\"do\": \"descripe\"}")
            .get<std::string>()
            .starts_with("no part is called 'descripe'; did you mean describe?"));
  CHECK(refusal({{"do", "options"}, {"of", "loss"}}) == "options: lacks 'name'");
}

TEST_CASE("describe lists the library's catalogues, and options the fields of each thing") {
  const json all = ask({{"do", "describe"}});
  size_t i = 0;
  for (const auto& known : losses::known_losses()) CHECK(all["losses"][i++]["name"] == known.name);
  CHECK(all["losses"].size() == i);
  CHECK(all["transforms"] == names_of(data::known_transforms()));
  for (const auto& [of, list] : {std::pair("loss", "losses"), {"encoder", "encoders"}, {"views", "transforms"}})
    for (const json& one : all[list])
      CHECK(refusal({{"do", "options"},
                     {"of", of},
                     {"name", one.is_object() ? one["name"] : one},
                     {"settings", json::object()}}) == "");
}

TEST_CASE("an option has its range, its choices and what it needs, as its settings stand") {
  const auto options = [](const char* of, const char* name, const json& settings) {
    const json answer = ask({{"do", "options"}, {"of", of}, {"name", name}, {"settings", settings}});
    json by_name;
    for (const json& one : answer["options"]) by_name[one["name"].get<std::string>()] = one;
    return by_name;
  };
  const json divergence = options("loss", "f_micl", {{"divergence", "kl"}});
  CHECK(divergence["order"]["needs"] == "divergence tsallis");
  CHECK_FALSE(options("loss", "f_micl", {{"divergence", "tsallis"}})["order"].contains("needs"));
  CHECK(divergence["divergence"]["kind"] == "choice");
  CHECK(divergence["temperature"]["above"] == 0);
  const json width = options("encoder", "mlp", {{"width", 64}})["width"];
  CHECK(width["kind"] == "integer");
  CHECK(width["value"] == "64");
  CHECK(width["least"] == 4);
  CHECK(refusal({{"do", "options"}, {"of", "loss"}, {"name", "dcl"}, {"settings", {{"temperature", -1}}}}) ==
        "temperature: must be above 0, got -1");
  CHECK(refusal({{"do", "options"}, {"of", "optimizer"}, {"name", "sgd"}, {"settings", json::object()}}) ==
        "options: of: 'optimizer' is not loss, encoder, views or training");
}
