#pragma once

namespace nce::cli {

/// From here on Ctrl-C, SIGTERM and SIGHUP (the terminal was closed) are only noted, so that the program can finish a
/// step and save. A second Ctrl-C ends it at once. A signal that the parent had ignored stays ignored.
void catch_interrupts();
bool interrupted();
/// 128 + the number of the signal: the exit code that shells give.
int interrupt_exit_code();

}  // namespace nce::cli
