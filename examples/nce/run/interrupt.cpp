#include "run/interrupt.h"

#include <csignal>
#include <initializer_list>

namespace nce::cli {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) {
  if (noted == 0) noted = signal;
}

}  // namespace

void catch_interrupts() {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action = {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;  // by nohup, or by a shell that starts it in the background
    action = {};
    action.sa_handler = note;
    sigemptyset(&action.sa_mask);
    // A second Ctrl-C is meant. The others often come twice: from a terminal that closes and its shell, from `timeout`.
    action.sa_flags = SA_RESTART | (signal == SIGINT ? int(SA_RESETHAND) : 0);
    sigaction(signal, &action, nullptr);
  }
}

bool interrupted() { return noted != 0; }
int interrupt_exit_code() { return 128 + int(noted); }

}  // namespace nce::cli
