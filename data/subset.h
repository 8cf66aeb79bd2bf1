#pragma once
#include <memory>
#include <string>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// Some images of another set, in the order of `items`. They keep their labels; the facts stay.
class Subset final : public Dataset {
 public:
  Subset(std::shared_ptr<const Dataset> all, std::vector<int> items);

  Picture picture(int64_t i, std::vector<uint8_t>& room) const override { return all_->picture(item(i), room); }
  std::string sample_name(int64_t i) const override { return all_->sample_name(item(i)); }
  void prefetch(int64_t i) const override { all_->prefetch(item(i)); }
  std::span<const uint64_t> sums(int64_t i) const override { return all_->sums(item(i)); }
  void check_whole() const override { all_->check_whole(); }

 private:
  int item(int64_t i) const { return items_[size_t(i)]; }

  std::shared_ptr<const Dataset> all_;
  std::vector<int> items_;
};

}  // namespace nce::data
