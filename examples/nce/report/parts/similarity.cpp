#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "report/part.h"

namespace nce::cli {
namespace {

// Cosines in bins from -1 to 1: shares of all.
struct Histogram {
  static constexpr int kBins = 50;
  std::array<double, kBins> count{};
  double all = 0;
  void add(double cosine) {
    const int bin = std::clamp(int(std::floor((cosine + 1) / 2 * kBins)), 0, kBins - 1);
    ++count[size_t(bin)], ++all;
  }
  Json json() const {
    Json bins = Json::array();
    for (int b = 0; b < kBins; ++b)
      if (count[size_t(b)] > 0)
        bins.push_back(
            {-1 + 2.0 * b / kBins, -1 + 2.0 * (b + 1) / kBins, std::round(count[size_t(b)] / all * 1e5) / 1e5});
    return bins;
  }
};

Json make(Material& material) {
  const Sample& sample = material.sample();
  if (sample.classes.size() < 2) return {};
  Json panels = Json::array();
  for (const auto& [title, x] : {std::pair("features of the encoder", sample.features),
                                 std::pair("projection, which the loss saw", sample.projection)}) {
    const NoGrad no_grad;
    const Tensor u = normalize(x.to(DType::f32));
    const auto cosine = matmul(u, transpose(u, 0, 1)).to_vector<float>();
    Histogram same, other;
    const size_t n = sample.labels.size();
    for (size_t i = 0; i < n; ++i)
      for (size_t j = i + 1; j < n; ++j)
        (sample.labels[i] == sample.labels[j] ? same : other).add(cosine[i * n + j]);
    Json series = Json::array();
    if (same.all > 0) series.push_back({{"name", "of one class"}, {"bins", same.json()}});
    if (other.all > 0) series.push_back({{"name", "of two classes"}, {"bins", other.json()}});
    panels.push_back({{"title", title}, {"series", series}});
  }
  return {{"x", "cosine of two examples"}, {"series", panels.front().at("series")}, {"panels", panels}};
}

}  // namespace

Part similarity_part() {
  return {
      .id = "similarity",
      .title = "Similarities",
      .read =
          "How alike pairs of examples are: 1 is the same direction, 0 unrelated. The further the two hills lie apart, the easier "
          "a neighbour of the right class is found.",
      .bad = "both hills at 1: all embeddings are one point. Both hills at the same place: classes do not gather.",
      .kind = "histogram",
      .make = make};
}

}  // namespace nce::cli
