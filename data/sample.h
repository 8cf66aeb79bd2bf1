#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nce/core/random.h"

namespace nce::data {

/// A random sample of `count` items (or all, if there are fewer): their numbers, sorted. It is stratified: each label
/// has the same share as in the data, up to one item. It depends only on `labels`, `count` and `key`.
std::vector<int> stratified_sample(std::span<const int> labels, int64_t count, Key key);

/// A random sample of `count` items of each label (or all, if there are fewer): their numbers, sorted.
std::vector<int> sample_per_class(std::span<const int> labels, int64_t count, Key key);

}  // namespace nce::data
