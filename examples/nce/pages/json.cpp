#include "pages/json.h"

#include <cmath>

namespace nce::cli {

Json json_of(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json json_of(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(json_of(value));
  return list;
}

Json json_of(const losses::StateMatrix& matrix) {
  if (matrix.empty()) return {};
  Json rows = Json::array();
  for (size_t i = 0; i < size_t(matrix.states); ++i) {
    const auto row = matrix.values.begin() + ptrdiff_t(i * size_t(matrix.states));
    rows.push_back(json_of(std::vector<double>(row, row + matrix.states)));
  }
  return rows;
}

Json json_of(const std::vector<WeightComparison>& rows) {
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
