#pragma once

namespace nce::cli {

/// The program nce: the exit code, 0, 2 where the command line or a configuration is wrong, 1 where anything else
/// fails. A program of one's own that first registers a loss (loss_registry.h) is nce with one loss more.
int run_program(int argc, char** argv);

}  // namespace nce::cli
