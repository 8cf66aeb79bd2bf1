#pragma once
#include "run/task.h"

namespace nce::test {

/// A tiny domain: vectors around a few centres, views with noise, an encoder of one layer. It uses what any domain of
/// an executable's own may use, and changes no line of the program.
cli::KnownTask vector_task();

}  // namespace nce::test
