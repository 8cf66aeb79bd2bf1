// eval.json, as `nce report` and the next `nce eval` read it.
#include "run/baselines.h"
#include "run/eval_file.h"
#include "support/files.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("eval", bytes) {
  using namespace nce::cli;
  static const TemporaryFolder folder;
  folder.write("run/eval.json", std::string(bytes));
  const RunFolder run(folder / "run");
  refusable([&] {
    const EvalFile eval = read_eval(run);
    sound(eval.scores.size() == eval.columns.size());
    for (const auto& baseline : eval.baselines) sound(baseline.scores.size() == eval.columns.size());
  });
  static_cast<void>(kept_baseline(run, "0123456789abcdef"));
}
