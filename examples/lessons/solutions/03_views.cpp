// The exercises of lesson 3.
#include <cstdio>

#include "nce/core/ops.h"
#include "nce/data/loader.h"
#include "nce/data/sets/glyphs.h"
#include "nce/data/views/rotation.h"

using namespace nce;

namespace {

constexpr int kPictures = 500;

// Of the views whose nearest one is another digit: how many are a 6 that takes a 9 for near, or the other way round?
void confusions(double degrees) {
  const auto digits = data::glyphs(data::Split::test, {.count = kPictures});
  const data::Pipeline turned = data::Pipeline().add("rotation", data::RandomRotation{.degrees = degrees});
  data::Loader loader(digits, {.batch = kPictures, .views = turned, .prefetch = 0});
  loader.start_epoch(0);
  const data::Batch& batch = *loader.next();
  const auto [first, second] = halves(reshape(batch.views, {2 * kPictures, 28 * 28}));
  const std::vector<int> nearest = argmax(matmul(normalize(first), t(normalize(second))));
  int six_and_nine = 0;
  for (size_t i = 0; i < nearest.size(); ++i) {
    const int own = batch.labels[i], other = batch.labels[size_t(nearest[i])];
    six_and_nine += (own == 6 && other == 9) || (own == 9 && other == 6);
  }
  std::printf("turned by up to %3.0f degrees: %d of 100 sixes and nines are near the other one\n", degrees,
              six_and_nine);
}

// The mean cosine of two views of one picture, and of views of different pictures.
void cosines(const char* transforms) {
  const auto digits = data::glyphs(data::Split::test, {.count = kPictures});
  data::Loader loader(digits, {.batch = kPictures, .views = data::make_views(transforms), .prefetch = 0});
  loader.start_epoch(0);
  const auto [first, second] = halves(reshape(loader.next()->views, {2 * kPictures, 28 * 28}));
  const Tensor s = matmul(normalize(first), t(normalize(second)));
  const double same = mean(diagonal(s)).item();
  const double others = (sum(s).item() - kPictures * same) / (kPictures * (kPictures - 1.0));
  std::printf("%-12s same picture %.2f, different pictures %.2f\n", transforms, same, others);
}

}  // namespace

int main() {
  // 1. Half a turn makes a 9 of a 6: such views tell the encoder that the two are one thing.
  confusions(15), confusions(180);

  // 2. Jitter changes brightness and contrast. The cosine does not see brightness, so pixels stay near. A crop moves the lines.
  cosines("jitter"), cosines("crop");
}
