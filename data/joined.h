#pragma once
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/error.h"
#include "nce/data/dataset.h"

namespace nce::data {

/// The images of one set, then those of another, of the same size. If only one of the sets has labels, the result has
/// none: all labels are 0. Other facts are those of the first set.
class Joined final : public Dataset {
 public:
  Joined(std::shared_ptr<const Dataset> first, std::shared_ptr<const Dataset> second)
      : Dataset(*first), first_(std::move(first)), second_(std::move(second)) {
    check(second_->height == height && second_->width == width && second_->channels == channels,
          "{}: images of {} x {} x {} cannot join those of {} x {} x {}", name, second_->height, second_->width,
          second_->channels, height, width, channels);
    labels.insert(labels.end(), second_->labels.begin(), second_->labels.end());
    if (second_->classes == classes) return;
    classes = 1, class_names = {};
    std::fill(labels.begin(), labels.end(), 0);
  }

  Picture picture(int64_t i, std::vector<uint8_t>& room) const override {
    return part(i).first.picture(part(i).second, room);
  }
  std::string sample_name(int64_t i) const override { return part(i).first.sample_name(part(i).second); }
  void prefetch(int64_t i) const override { part(i).first.prefetch(part(i).second); }
  std::span<const uint64_t> sums(int64_t i) const override { return part(i).first.sums(part(i).second); }
  void check_whole() const override { first_->check_whole(), second_->check_whole(); }

 private:
  std::pair<const Dataset&, int64_t> part(int64_t i) const {
    return i < first_->size() ? std::pair<const Dataset&, int64_t>(*first_, i)
                              : std::pair<const Dataset&, int64_t>(*second_, i - first_->size());
  }

  std::shared_ptr<const Dataset> first_, second_;
};

}  // namespace nce::data
