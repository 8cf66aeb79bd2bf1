#pragma once
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/files.h"

/// Runs programs as a user does: arguments in, exit code, output and files out.
namespace nce::test {

struct Result {
  int code = -1;  ///< The exit code, or -signal.
  std::string out, err;
};

class Process {
 public:
  /// `largest_file` in bytes (0: no limit) imitates a full disk: a file cannot grow beyond it.
  explicit Process(std::vector<std::string> arguments, rlim_t largest_file = 0) {
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) return;
    const auto redirect = [this](const char* name, int to) {
      const int file = open((files_ / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(file, to);
      close(file);
    };
    redirect("out", STDOUT_FILENO), redirect("err", STDERR_FILENO);
    for (int signal : {SIGINT, SIGHUP, SIGTERM, SIGPIPE}) std::signal(signal, SIG_DFL);  // whoever runs the tests
    if (largest_file) {
      std::signal(SIGXFSZ, SIG_IGN);  // the write fails then, as on a full disk
      const rlimit limit{largest_file, largest_file};
      setrlimit(RLIMIT_FSIZE, &limit);
    }
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  ~Process() {
    if (pid_ > 0) kill(SIGKILL), wait();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return pid_; }
  void kill(int signal) { ::kill(pid_, signal); }
  Result wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
            .out = read_file(files_ / "out"),
            .err = read_file(files_ / "err")};
  }

 private:
  TemporaryFolder files_;
  pid_t pid_ = -1;
};

/// Waits until `condition` holds. False if it does not within half a minute.
template <class F>
bool eventually(F condition) {
  for (int i = 0; i < 3000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace nce::test
