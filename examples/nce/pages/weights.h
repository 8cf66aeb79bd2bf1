#pragma once
#include <vector>

#include "pages/json.h"
#include "theory/losses.h"

namespace nce::cli {

inline Json json_of(const std::vector<WeightComparison>& rows) {
  Json list = Json::array();
  for (const WeightComparison& row : rows)
    list.push_back({{"delta", row.delta},
                    {"gamma", row.gamma},
                    {"batch", row.batch},
                    {"exact", json_of(row.exact)},
                    {"published", json_of(row.published)}});
  return list;
}

}  // namespace nce::cli
