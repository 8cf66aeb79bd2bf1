#include "nce/data/views/catalogue.h"

#include <sstream>

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
  for (const std::string& name : names) {
    const std::string kind = name.substr(0, name.size() - number_of(name).size());
    views.add(name, known_transforms().find(kind).make());
  }
  return views;
}

Views make_views(const std::string& text) {
  std::vector<Pipeline> lists;
  std::istringstream rest(text);
  for (std::string list; std::getline(rest, list, '/');) {
    std::vector<std::string> names;
    std::istringstream items(list);
    for (std::string name; std::getline(items, name, ',');) names.push_back(name);
    lists.push_back(make_pipeline(names));
  }
  return Views(std::move(lists));
}

Pipeline simclr_views() { return make_pipeline({"crop", "flip", "jitter", "grey"}); }

}  // namespace nce::data
