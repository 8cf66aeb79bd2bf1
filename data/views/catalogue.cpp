#include "nce/data/views/catalogue.h"

#include "nce/data/views/blur.h"
#include "nce/data/views/colour.h"
#include "nce/data/views/crop.h"
#include "nce/data/views/flip.h"

namespace nce::data {

Catalogue<KnownTransform>& known_transforms() {
  static Catalogue<KnownTransform> all(
      "transform", {known_transform<RandomResizedCrop>("crop"), known_transform<RandomHorizontalFlip>("flip"),
                    known_transform<ColorJitter>("jitter"), known_transform<RandomGrayscale>("grey"),
                    known_transform<GaussianBlur>("blur")});
  return all;
}

Pipeline make_pipeline(const std::vector<std::string>& names) {
  Pipeline views;
  for (const std::string& name : names) views.add(name, known_transforms().find(name).make());
  return views;
}

Pipeline simclr_views() { return make_pipeline({"crop", "flip", "jitter", "grey"}); }

}  // namespace nce::data
