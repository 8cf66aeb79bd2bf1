#include "nce/data/views/catalogue.h"

#include "nce/data/views/adjust.h"
#include "nce/data/views/affine.h"
#include "nce/data/views/autocontrast.h"
#include "nce/data/views/blur.h"
#include "nce/data/views/center_crop.h"
#include "nce/data/views/colour.h"
#include "nce/data/views/crop.h"
#include "nce/data/views/elastic.h"
#include "nce/data/views/equalize.h"
#include "nce/data/views/erasing.h"
#include "nce/data/views/flip.h"
#include "nce/data/views/identity.h"
#include "nce/data/views/invert.h"
#include "nce/data/views/padded_crop.h"
#include "nce/data/views/posterize.h"
#include "nce/data/views/rand_augment.h"
#include "nce/data/views/rotation.h"
#include "nce/data/views/sharpness.h"
#include "nce/data/views/solarize.h"

namespace nce::data {

Catalogue<KnownTransform>& known_transforms() {
  static Catalogue<KnownTransform> all("transform", {known_transform<RandomResizedCrop>("crop"),
                                                     known_transform<RandomHorizontalFlip>("flip"),
                                                     known_transform<ColorJitter>("jitter"),
                                                     known_transform<RandomGrayscale>("grey"),
                                                     known_transform<GaussianBlur>("blur"),
                                                     known_transform<RandomSolarize>("solarize"),
                                                     known_transform<RandomVerticalFlip>("vflip"),
                                                     known_transform<RandomRotation>("rotation"),
                                                     known_transform<RandomAffine>("affine"),
                                                     known_transform<ElasticTransform>("elastic"),
                                                     known_transform<RandomErasing>("erasing"),
                                                     known_transform<RandomPaddedCrop>("padded_crop"),
                                                     known_transform<CenterCrop>("center_crop"),
                                                     known_transform<RandomPosterize>("posterize"),
                                                     known_transform<RandomEqualize>("equalize"),
                                                     known_transform<RandomAutocontrast>("autocontrast"),
                                                     known_transform<RandomInvert>("invert"),
                                                     known_transform<AdjustBrightness>("adjust_brightness"),
                                                     known_transform<AdjustContrast>("adjust_contrast"),
                                                     known_transform<AdjustSaturation>("adjust_saturation"),
                                                     known_transform<RandomAdjustSharpness>("adjust_sharpness"),
                                                     known_transform<RandAugment>("rand_augment"),
                                                     known_transform<Identity>("identity")});
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
  for (const std::string_view list : split(text, '/')) {
    const auto names = split(list, ',');
    lists.push_back(make_pipeline({names.begin(), names.end()}));
  }
  return Views(std::move(lists));
}

Catalogue<KnownPreset>& known_presets() {
  static Catalogue<KnownPreset> all(
      "preset", {{.name = "simclr-cifar",
                  .help = "SimCLR's for small photographs (Chen et al. 2020, B.9)",
                  .views = "crop,flip,jitter,grey"},
                 {.name = "simclr",
                  .help = "SimCLR's for large photographs (the same, A)",
                  .views = "crop,flip,jitter,grey,blur",
                  .options = {{"min_scale", "0.08"}, {"color_strength", "2"}}},
                 {.name = "moco-v2",
                  .help = "MoCo v2's (Chen et al., arXiv 2003.04297, 3; numbers of its code)",
                  .views = "crop,jitter,grey,blur,flip",
                  .options = {{"min_scale", "0.2"}}},
                 {.name = "byol",
                  .help = "BYOL's two views, one always blurred, one solarized at times (Grill et al. 2020, B)",
                  .views = "crop,flip,jitter,grey,blur/crop,flip,jitter,grey,blur2,solarize",
                  .options = {{"min_scale", "0.08"}, {"saturation", "0.2"}, {"blur", "1"}, {"blur2", "0.1"}}},
                 {.name = "mnist",
                  .help = "our own for digits: cut out, turned, sheared, moved",
                  .views = "crop,affine,jitter",
                  .options = {{"affine_degrees", "15"}, {"affine_shear", "10"}}},
                 {.name = "supervised",
                  .help = "moved up to 4 pixels and mirrored, for classifiers (He et al. 2016, 4.2)",
                  .views = "padded_crop,flip"},
                 {.name = "none", .help = "the images as they are", .views = "identity"}});
  return all;
}

Views make_preset(const std::string& name) {
  const KnownPreset& preset = known_presets().find(name);
  Views views = make_views(preset.views);
  set_options(views, preset.options);
  return views;
}

Pipeline simclr_views() { return make_pipeline({"crop", "flip", "jitter", "grey"}); }

}  // namespace nce::data
