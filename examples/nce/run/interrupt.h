#pragma once

namespace nce::cli {

/// From here on the first Ctrl-C (or SIGTERM) is only noted, so that the program can finish a step and save. The second
/// ends it at once.
void catch_interrupts();
bool interrupted();
/// 128 + the number of the signal: the exit code that shells give.
int interrupt_exit_code();

}  // namespace nce::cli
