#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/catalogue.h"

namespace nce::data {

/// Which images of a set are used, and for what. Applied in this order: classes, validation, and then, only for
/// learning, per_class, fraction and limit.
struct Selection {
  int64_t limit = 0, per_class = 0, validation_seed = 1;
  double fraction = 1, validation = 0;
  std::string classes = {};
  void fields(Options& o) {
    o.integer("limit", limit,
              "use only N training images, a random sample by --seed with each label's share; 0: all",
              {.least = 0});
    o.number("fraction", fraction, "use only this part of the training images, chosen as by --limit",
             {.above = 0, .most = 1});
    o.integer("per_class", per_class, "use only N training images of each class, chosen by --seed; 0: all",
              {.least = 0});
    o.text("classes", classes,
           "use only these classes, for training and evaluation: names or numbers, with commas");
    o.number("validation", validation,
             "hold out this part of the training images, with each label's share: nce eval --split validation",
             {.least = 0, .below = 1});
    o.integer("validation_seed", validation_seed, "chooses the images that are held out", {.least = 0});
    o.needs("validation_seed", validation > 0, "validation");
  }
};

/// The sets of a run. Each image is in one of train, validation and test.
struct Selected {
  std::shared_ptr<const Dataset> learn;       ///< For the encoder: train, or a part of it, or more images.
  std::shared_ptr<const Dataset> train;       ///< All images with labels that are not held out.
  std::shared_ptr<const Dataset> validation;  ///< Null: nothing is held out.
  std::shared_ptr<const Dataset> test;
};

/// Chooses images by the selection. Which images `learn` leaves out depends on `key`, and which are held out on
/// validation_seed. Errors: a class that is not there; classes without images; no image is held out, or none is left;
/// classes for images without labels.
Selected select(const Splits& splits, const Selection& selection, Key key);

/// "cat,5" -> {3, 5}: the labels of names or numbers. An unknown one is an error that offers the names.
std::vector<int> labels_named(const std::string& list, const DatasetFacts& facts);

}  // namespace nce::data
