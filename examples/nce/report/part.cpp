#include "report/part.h"

namespace nce::cli {

std::vector<Part> page_parts() {
  return {results_part(), curves_part(),    views_part(),  map_part(),      neighbours_part(), similarity_part(),
          matrix_part(),  confusion_part(), states_part(), spectrum_part(), settings_part()};
}

}  // namespace nce::cli
