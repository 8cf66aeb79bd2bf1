#pragma once
#include <stdexcept>

namespace nce::cli {

/// The command line or a configuration file asks for what cannot be: exit code 2. Everything else that goes wrong
/// is an `nce::Error`: exit code 1.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace nce::cli
