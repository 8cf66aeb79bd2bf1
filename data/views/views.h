#pragma once
#include <string>
#include <utility>
#include <vector>

#include "nce/data/views/pipeline.h"

namespace nce::data {

/// How the views of an image are made: by one list of transforms for all, or by a list for each view. View v takes list
/// v, or the last list. Transforms of the same name have the same options in all lists.
///
///     LoaderOptions options{.views = make_pipeline({"crop", "flip"})};     // the same for every view
///     LoaderOptions options{.views = make_views("crop,blur/crop,blur2")};  // BYOL's: two views that differ
class Views {
 public:
  /// Images without changes.
  Views() : Views(Pipeline()) {}
  Views(Pipeline all) : lists_{std::move(all)} {}  // NOLINT: implicit on purpose
  /// Errors: no list.
  explicit Views(std::vector<Pipeline> lists) : lists_(std::move(lists)) {
    nce::check(!lists_.empty(), "views: there is no list of transforms");
  }

  /// The list of view `view`, counted from 0.
  const Pipeline& operator[](int64_t view) const { return lists_[std::min(size_t(view), lists_.size() - 1)]; }
  const std::vector<Pipeline>& lists() const { return lists_; }

  /// As for `Pipeline`, for all lists.
  void fields(Options& o) {
    for (Pipeline& list : lists_) list.fields(o);
  }
  void check(const Dataset& data) const {
    for (const Pipeline& list : lists_) list.check(data);
  }
  void settle(const Dataset& data) {
    for (Pipeline& list : lists_) list.settle(data);
  }

 private:
  std::vector<Pipeline> lists_;
};

}  // namespace nce::data
