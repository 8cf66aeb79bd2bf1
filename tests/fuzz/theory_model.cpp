// The file of `nce theory --model`.
#include "support/fuzz.h"
#include "theory/model.h"
#include "usage.h"

using namespace nce::test;

NCE_FUZZ("theory_model", bytes) {
  try {
    const nce::cli::StateModel model = nce::cli::read_model(file_of(bytes));
    sound(model.states() > 0 && model.names.size() == model.states() && model.a.size() == model.states());
    static_cast<void>(model.joint());
  } catch (const nce::cli::UsageError&) {}
}
