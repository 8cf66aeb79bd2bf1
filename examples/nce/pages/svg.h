#pragma once
#include <string>
#include <vector>

namespace nce::cli {

/// What a loss does with pairs of states, as a picture. Matrices are heat maps of one colour scale, side by side.
/// Curves show how each pair's value goes towards its target.
struct StatePicture {
  struct Map {
    std::string title;
    std::vector<double> values;  ///< K x K, row-major; what is not finite is drawn grey
  };
  struct Curve {
    std::string name;
    std::vector<double> values = {};  ///< one for each of `epochs`
    double target = 0;                ///< a dashed line; NaN: none
  };
  std::string title, subtitle;
  std::vector<std::string> states;  ///< K names
  std::string rows, columns;        ///< what the two sides of the matrices are
  std::vector<Map> maps;
  /// White is the value `centre`, full blue `low` and full red `high`; see `add_maps`.
  double low = 0, centre = 1, high = 2;
  std::string scale;  ///< what the colours, and the curves' heights, are
  std::vector<double> epochs = {};
  std::vector<Curve> curves = {};  ///< Empty: no chart.
};

/// Maps of the target, of the best vectors and of what was measured; an empty one is left out. `scale` is what is
/// shown. Colours are those of the target about 1, without a target those of `measured` about 0. They reach as far
/// below as above, unless that is below 0 where no value is.
void add_maps(StatePicture& picture, const std::string& scale, const std::vector<double>& target,
              const StatePicture::Map& vectors, const StatePicture::Map& measured);

/// A complete SVG document.
std::string to_svg(const StatePicture& picture);

}  // namespace nce::cli
