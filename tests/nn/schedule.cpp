#include "nce/nn/optim/schedule.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "nce/core/error.h"
#include "support/golden.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;
using nlohmann::json;

TEST_CASE("schedules are PyTorch's") {
  const json cases = nce::test::golden_file("optim.json")["schedules"];
  REQUIRE(cases.size() == 12);
  for (const KnownSchedule& row : known_schedules()) {
    const bool has = std::any_of(cases.begin(), cases.end(), [&](const json& c) { return c["name"] == row.name; });
    CHECK_MESSAGE(has, row.name, " has no golden values");
  }
  for (const json& c : cases) {
    CAPTURE(c["name"].get<std::string>());
    CAPTURE(c["options"].dump());
    const json& o = c["options"];
    std::vector<Setting> settings;
    for (const auto& item : o.items())
      if (item.key() != "lr" && item.key() != "total_steps" && item.key() != "warmup_steps")
        settings.push_back({item.key(), item.value().dump()});
    const Schedule schedule = make_schedule(
        c["name"], {.lr = o["lr"], .total_steps = o["total_steps"], .warmup_steps = o["warmup_steps"]}, settings);
    const auto rates = c["rates"].get<std::vector<double>>();
    REQUIRE(rates.size() >= 26);
    for (size_t step = 0; step < rates.size(); ++step) {
      CAPTURE(step);
      CHECK(schedule.at(int64_t(step)) == Approx(rates[step]).epsilon(1e-12).scale(1));
    }
  }
}

TEST_CASE("a schedule depends on the step alone, reaches its rate after the warm-up, and stays at its end") {
  const Schedule cosine = make_schedule("cosine", {.lr = 2, .total_steps = 100, .warmup_steps = 9});
  CHECK(cosine.at(0) == Approx(0.2));
  CHECK(cosine.at(9) == Approx(2));
  CHECK(cosine.at(50) == cosine.at(50));
  CHECK(cosine.at(100) == Approx(0).scale(1));
  CHECK(cosine.at(1000) == cosine.at(100));
  const Schedule thirds = make_schedule("step", {.total_steps = 90});
  CHECK(thirds.at(29) == Approx(1));
  CHECK(thirds.at(30) == Approx(0.1));
  CHECK(thirds.at(60) == Approx(0.01));
  CHECK(make_schedule("linear", {.total_steps = 5, .warmup_steps = 5}).at(5) == 0);
}

TEST_CASE("a schedule refuses what it cannot do") {
  CHECK_THROWS_WITH_AS(make_schedule("plateau", {}),
                       "no schedule is called 'plateau'; there are constant, step, linear, cosine", Error);
  CHECK_THROWS_WITH_AS(make_schedule("cosine", {}), "cosine schedule: total_steps must be given, got 0", Error);
  CHECK_THROWS_WITH_AS(make_schedule("linear", {.total_steps = 10, .warmup_steps = 11}),
                       "linear schedule: 11 warm-up steps do not fit into 10 steps", Error);
  CHECK_THROWS_WITH_AS(make_schedule("constant", {}).at(-1), "schedule: steps count from 0, got -1", Error);
}
