#include "nce/data/views/catalogue.h"

#include "nce/core/catalogue.h"
#include "nce/data/views/blur.h"
#include "nce/data/views/colour.h"
#include "nce/data/views/crop.h"
#include "nce/data/views/flip.h"

namespace nce::data {
namespace {

template <class T>
std::unique_ptr<Transform> make() {
  return std::make_unique<TransformOf<T>>();
}

std::vector<KnownTransform>& rows() {
  static std::vector<KnownTransform> all{
      {"crop", make<RandomResizedCrop>}, {"flip", make<RandomHorizontalFlip>}, {"jitter", make<ColorJitter>},
      {"grey", make<RandomGrayscale>},   {"blur", make<GaussianBlur>},
  };
  return all;
}

}  // namespace

const std::vector<KnownTransform>& known_transforms() { return rows(); }

Pipeline make_pipeline(const std::vector<std::string>& names) {
  Pipeline views;
  for (const std::string& name : names) views.add(name, find_row(rows(), "transform", name).make());
  return views;
}

Pipeline simclr_views() { return make_pipeline({"crop", "flip", "jitter", "grey"}); }

bool register_transform(KnownTransform row) {
  make_pipeline(names_of(rows())).add(row.name, row.make());  // refuses what is taken
  return register_row(rows(), "transform", std::move(row));
}

}  // namespace nce::data
