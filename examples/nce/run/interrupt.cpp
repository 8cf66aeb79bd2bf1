#include "run/interrupt.h"

#include <csignal>
#include <initializer_list>

namespace nce::cli {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) { noted = signal; }

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART | int(SA_RESETHAND);  // the second signal ends the program
  for (int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

bool interrupted() { return noted != 0; }
int interrupt_exit_code() { return 128 + int(noted); }

}  // namespace nce::cli
