// The file of `nce compare`: its lists become runs, each of a table with a name of its own.
#include <set>

#include "compare/plan.h"
#include "support/fuzz.h"
#include "usage.h"

using namespace nce::test;

NCE_FUZZ("sweep", bytes) {
  using namespace nce::cli;
  try {
    std::set<std::pair<size_t, std::string>> names;
    for (const PlannedRun& run : plan(read_sweep(file_of(bytes)), {}, 12))
      sound(names.emplace(run.table, run.name).second);
  } catch (const UsageError&) {
  } catch (const nce::Error&) {}
}
