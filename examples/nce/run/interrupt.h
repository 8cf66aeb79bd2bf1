#pragma once

namespace nce::cli {

/// From here on, the first Ctrl-C (or SIGTERM) is only noted, so that the work in hand can be finished and saved; a
/// second one ends the program at once.
void catch_interrupts();
bool interrupted();
/// The exit code that shells give a program ended by the signal that was noted: 128 + its number.
int interrupt_exit_code();

}  // namespace nce::cli
