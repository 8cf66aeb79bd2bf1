#include <doctest/doctest.h>

#include "nce/core/memory.h"
#include "nce/core/parallel.h"
#include "nce/nn/optim/adam.h"
#include "support/trainer.h"

using namespace nce;

namespace {

int64_t bytes_of(nn::Module& module) {
  int64_t bytes = 0;
  for (const auto& [name, tensor] : module.state_dict())
    bytes += tensor->numel() * int64_t(size_of(tensor->dtype()));
  return bytes;
}

// Six steps of training. Bytes that the pool took from the system in the first step, and after it.
struct Run {
  int64_t first, growth;
};

Run train(const std::string& encoder) {
  const int64_t before = live_bytes();
  release_free_memory();
  const int64_t start = system_bytes();
  test::Model model(encoder, 16, 16);
  const int64_t own = bytes_of(model);
  CHECK(live_bytes() - before == own);
  Run run{};
  {
    nn::AdamW optimizer(model.named_parameters(), {.lr = 1e-3});
    test::train_step(model, optimizer, test::formula_views(0, 32, 16));
    run.first = system_bytes() - start;
    const int64_t in_use = live_bytes();
    CHECK(in_use - before > 3 * own);  // the optimiser's two moments and the gradients
    for (int step = 1; step < 6; ++step) {
      test::train_step(model, optimizer, test::formula_views(step, 32, 16));
      CHECK(live_bytes() == in_use);
    }
    run.growth = system_bytes() - start - run.first;
    optimizer.zero_grad();
  }
  CHECK(live_bytes() - before == own);
  return run;
}

}  // namespace

TEST_CASE("a step after the first takes no memory from the system, and only the model lives on") {
  const RestoreThreads restore;
  for (const nn::KnownEncoder& row : nn::known_encoders()) {
    CAPTURE(row.name);
    for (int threads : {1, 2, 4}) {
      CAPTURE(threads);
      set_num_threads(threads);
      const Run run = train(row.name);
      CHECK(run.first > 0);
      CHECK(run.growth == 0);
    }
  }
}
