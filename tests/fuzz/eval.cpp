// eval.json, as `nce report` and the next `nce eval` read it.
#include "run/baselines.h"
#include "run/eval_file.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("eval", bytes) {
  using namespace nce::cli;
  refusable([&] {
    const EvalFile eval = parse_eval(bytes, "F");
    sound(eval.scores.size() == eval.columns.size());
    for (const auto& baseline : eval.baselines) sound(baseline.scores.size() == eval.columns.size());
  });
  static_cast<void>(baseline_in(std::string(bytes), "0123456789abcdef"));
}
