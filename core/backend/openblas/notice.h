#pragma once
#include <string>

namespace nce::openblas {

/// The text of `blas_notice`, for the family of kernels that is forced and the best one.
std::string notice(const std::string& forced, const std::string& best);

}  // namespace nce::openblas
