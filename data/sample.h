#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nce/core/random.h"

namespace nce::data {

/// A random sample of `count` items, or of all where there are no more: their numbers, ascending. It is stratified: each
/// label has its share, up to one item. Only `labels`, `count` and `key` decide.
std::vector<int> stratified_sample(std::span<const int> labels, int64_t count, Key key);

/// A random sample of `count` items of each label, or of all that it has: their numbers, ascending.
std::vector<int> sample_per_class(std::span<const int> labels, int64_t count, Key key);

}  // namespace nce::data
