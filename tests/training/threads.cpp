#include <doctest/doctest.h>

#include "nce/nn/optim/adam.h"
#include "support/threads.h"
#include "support/trainer.h"

using namespace nce;

TEST_CASE("training gives the same bits on 1, 2 and 4 threads") {
  for (const nn::KnownEncoder& row : nn::known_encoders()) {
    CAPTURE(row.name);
    const auto train = [&] {
      test::Model model(row.name, 16, row.name == "mlp" ? 256 : 8);
      nn::AdamW optimizer(model.named_parameters(), {.lr = 1e-3});
      std::vector<float> bits;
      for (int step = 0; step < 5; ++step)
        bits.push_back(float(test::train_step(model, optimizer, test::formula_views(step, 24, 16))));
      for (const auto& [tensor_name, tensor] : model.state_dict()) {
        const auto values = tensor->to_vector<float>();
        bits.insert(bits.end(), values.begin(), values.end());
      }
      CHECK(bits[4] < bits[0]);
      return bits;
    };
    CHECK(test::same_on_threads(train));
  }
}
