#pragma once
#include <stdexcept>

namespace nce::cli {

/// The command line or a configuration file is wrong: exit code 2. Any other failure is an `nce::Error`: exit code 1.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace nce::cli
