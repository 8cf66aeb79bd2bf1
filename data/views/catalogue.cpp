#include "nce/data/views/catalogue.h"

#include <fmt/ranges.h>

#include "nce/core/error.h"
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

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const KnownTransform& row : rows()) names.push_back(row.name);
  return names;
}

}  // namespace

const std::vector<KnownTransform>& known_transforms() { return rows(); }

Pipeline make_pipeline(const std::vector<std::string>& names) {
  Pipeline views;
  for (const std::string& name : names) {
    const auto row = std::find_if(rows().begin(), rows().end(), [&](const auto& r) { return r.name == name; });
    check(row != rows().end(), "there is no transform '{}'; there are {}", name, fmt::join(all_names(), ", "));
    views.add(name, row->make());
  }
  return views;
}

Pipeline simclr_views() { return make_pipeline({"crop", "flip", "jitter", "grey"}); }

bool register_transform(KnownTransform row) {
  make_pipeline(all_names()).add(row.name, row.make());  // refuses what is taken
  rows().push_back(std::move(row));
  return true;
}

}  // namespace nce::data
