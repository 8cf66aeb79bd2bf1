#include "nce/core/catalogue.h"

#include <doctest/doctest.h>

using namespace nce;

TEST_CASE("a catalogue finds rows by name, takes more at its end, and refuses what it does not know or has") {
  struct Row {
    std::string name;
    int value;
  };
  Catalogue<Row> rows("encoder", {{"mlp", 1}, {"conv4", 2}});
  CHECK(rows.find("conv4").value == 2);
  CHECK(rows.add({"mine", 3}));
  CHECK(names_of(rows) == std::vector<std::string>{"mlp", "conv4", "mine"});
  CHECK_THROWS_WITH_AS(rows.find("vgg"), "no encoder is called 'vgg'; there are mlp, conv4, mine", Error);
  CHECK_THROWS_WITH_AS(rows.find("conv"),
                       "no encoder is called 'conv'; did you mean conv4? There are mlp, conv4, mine", Error);
  CHECK_THROWS_WITH_AS(rows.add({"mlp", 4}), "the encoder 'mlp' is known already; choose another name", Error);
}
