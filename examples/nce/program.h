#pragma once

namespace nce::cli {

/// Runs the program nce. The exit code: 0, 2 where the command line or a configuration is wrong, 1 for other failures.
/// An executable of one's own may first register losses, encoders, data sets and so on: then they are part of the program.
int run_program(int argc, char** argv);

}  // namespace nce::cli
