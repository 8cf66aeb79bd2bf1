#include "nce/data/subset.h"

#include <utility>

#include "nce/core/error.h"

namespace nce::data {

Subset::Subset(std::shared_ptr<const Dataset> all, std::vector<int> items)
    : Dataset(*all), all_(std::move(all)), items_(std::move(items)) {
  labels.clear();
  for (const int item : items_) {
    check(item >= 0 && item < all_->size(), "{}: there is no image {} in {}", name, item, all_->size());
    labels.push_back(all_->labels[size_t(item)]);
  }
}

}  // namespace nce::data
