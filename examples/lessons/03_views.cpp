// Lesson 3: views. Two random views of one picture, and what they still have in common.
#include <cstdio>

#include "nce/core/ops.h"
#include "nce/data/loader.h"
#include "nce/data/sets/glyphs.h"

using namespace nce;

namespace {

constexpr int kPictures = 500;

// Rows of characters, each of two rows of pixels: the darker, the more of them.
void draw(const std::vector<Tensor>& pictures) {
  for (int y = 0; y < 28; y += 2) {
    for (const Tensor& picture : pictures) {
      const std::vector<float> pixels = picture.to_vector<float>();
      for (int x = 0; x < 28; ++x) std::putchar(" .:*#"[int(4.99f * pixels[size_t(y * 28 + x)])]);
      std::printf("  ");
    }
    std::printf("\n");
  }
}

data::Batch views_of(const data::Dataset& digits, const char* transforms) {
  data::Loader loader(digits, {.batch = kPictures, .views = data::make_views(transforms), .prefetch = 0});
  loader.start_epoch(0);
  return *loader.next();
}

// For each first view: which second view is nearest? How often is it of the same picture, and how often of the same digit?
void measure(const data::Dataset& digits, const char* transforms) {
  const data::Batch batch = views_of(digits, transforms);
  const auto [first, second] = halves(reshape(batch.views, {2 * kPictures, 28 * 28}));
  const std::vector<int> nearest = argmax(matmul(normalize(first), t(normalize(second))));
  int same_picture = 0, same_digit = 0;
  for (int i = 0; i < kPictures; ++i) {
    same_picture += nearest[size_t(i)] == i;
    same_digit += batch.labels[size_t(nearest[size_t(i)])] == batch.labels[size_t(i)];
  }
  std::printf("%-16s same picture %3.0f %%, same digit %3.0f %%\n", transforms, 100.0 * same_picture / kPictures,
              100.0 * same_digit / kPictures);
}

}  // namespace

int main() {
  const data::InMemoryDataset digits = data::glyphs(data::Split::test, {.count = kPictures});
  const data::Batch plain = views_of(digits, "identity"), random = views_of(digits, "crop,jitter");
  draw({plain.views[0], random.views[0], random.views[kPictures]});
  std::printf("it is a %d\n\n", plain.labels[0]);

  for (const char* transforms : {"identity", "padded_crop", "jitter", "crop", "crop,jitter,blur"})
    measure(digits, transforms);
}
