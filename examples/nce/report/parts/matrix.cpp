#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "pages/png.h"
#include "report/part.h"

namespace nce::cli {
namespace {

constexpr size_t kShown = 250;  // a dot a pair: more would not be seen, and the file would grow

// White at the mean, red above it, blue below; the deepest colours are two standard deviations away.
std::vector<uint8_t> coloured(const std::vector<float>& values, double mean, double deviation) {
  constexpr double kEnds[2][3] = {{33, 102, 172}, {178, 24, 43}};
  std::vector<uint8_t> pixels;
  for (const float value : values) {
    const double far = (double(value) - mean) / (2 * deviation + 1e-9), much = std::min(1.0, std::abs(far));
    for (const double end : kEnds[far > 0]) pixels.push_back(uint8_t(std::lround(255 + much * (end - 255))));
  }
  return pixels;
}

Json make(Material& material) {
  const Sample& sample = material.sample();
  if (sample.classes.size() < 2) return {};
  std::vector<int> sorted(sample.labels.size()), shown;
  std::iota(sorted.begin(), sorted.end(), 0);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](int a, int b) { return sample.labels[size_t(a)] < sample.labels[size_t(b)]; });
  const size_t n = std::min(kShown, sorted.size());
  for (size_t i = 0; i < n; ++i) shown.push_back(sorted[i * sorted.size() / n]);
  Json groups = Json::array();  // names, and where each begins and ends
  for (size_t i = 0; i < n; ++i)
    if (const int label = sample.labels[size_t(shown[i])]; i == 0 || label != sample.labels[size_t(shown[i - 1])])
      groups.push_back({{"name", sample.names[size_t(label)]}, {"from", i}, {"to", i + 1}});
    else
      groups.back()["to"] = i + 1;
  Json panels = Json::array();
  for (const auto& [title, x] : {std::pair("features of the encoder", sample.features),
                                 std::pair("projection, which the loss saw", sample.projection)}) {
    const NoGrad no_grad;
    const Tensor u = normalize(index_select(x.to(DType::f32), 0, shown));
    const auto cosine = matmul(u, transpose(u, 0, 1)).to_vector<float>();
    double sum = 0, squares = 0;
    for (const float value : cosine) sum += double(value), squares += double(value) * double(value);
    const double all = double(cosine.size()), mean = sum / all;
    check(std::isfinite(mean), "{}: they are not finite", title);
    const double deviation = std::sqrt(std::max(0.0, squares / all - mean * mean));
    Json means = Json::array();
    for (const Json& down : groups) {
      Json row = Json::array();
      for (const Json& across : groups) {
        double within = 0;
        const size_t top = down["from"], bottom = down["to"], left = across["from"], right = across["to"];
        for (size_t i = top; i < bottom; ++i)
          for (size_t j = left; j < right; ++j) within += double(cosine[i * n + j]);
        row.push_back(std::round(1e3 * within / double((bottom - top) * (right - left))) / 1e3);
      }
      means.push_back(row);
    }
    panels.push_back(
        {{"title", fmt::format("{}: {:.2f} in the mean", title, mean)},
         {"uri", "data:image/png;base64," + base64(png(coloured(cosine, mean, deviation), int(n), int(n)))},
         {"means", means}});
  }
  return {{"size", n}, {"groups", groups}, {"panels", panels}};
}

}  // namespace

Part matrix_part() {
  return {
      .id = "matrix",
      .title = "Similarity matrix",
      .read =
          "Each dot is a pair of examples, which are sorted by class: white has the mean cosine of all pairs, red is more alike, blue "
          "less. Squares along the diagonal are pairs of one class: they should be red. Move over a square to read its mean.",
      .bad =
          "a mean near 1: all embeddings are one point. No red squares along the diagonal; or one beside it, which takes two classes "
          "for one.",
      .kind = "raster",
      .make = make};
}

}  // namespace nce::cli
