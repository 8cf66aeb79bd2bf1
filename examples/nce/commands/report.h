#pragma once
#include <filesystem>
#include <vector>

namespace nce::cli {

/// `nce report`: one table of what `nce eval` measured of many runs, those that differ in their seed alone as one
/// line with mean and spread. The exit code.
int report(const std::vector<std::filesystem::path>& runs);

}  // namespace nce::cli
