#include "commands/embed.h"

#include <fmt/format.h>

#include <limits>

#include "nce/core/files/npy.h"
#include "nce/core/parallel.h"
#include "nce/data/catalogue.h"
#include "run/trained_run.h"
#include "usage.h"

namespace nce::cli {

int embed(const EmbedSettings& settings) {
  if (settings.threads > 0) set_num_threads(settings.threads);
  if (settings.out.extension() != ".npy")
    throw UsageError(fmt::format("--out {}: must end in .npy", settings.out.string()));
  const TrainedRun run = open_run(settings.run, settings.root);
  const data::Dataset set = data::load_dataset(run.settings.data, run.settings.root,
                                               settings.split == "train" ? data::Split::train : data::Split::test);
  Model model = make_model(run.settings, image_size(set));
  const data::Normalisation normalisation = load_encoder(run, model);
  const Tensor features = features_of(*model.encoder, set, normalisation, std::numeric_limits<int64_t>::max());
  const auto labels = std::filesystem::path(settings.out).replace_extension(".labels.npy");
  save_npy(settings.out, features);
  save_npy(labels, set.labels);
  fmt::print("{}: {} features of {} {} images; {}: their labels\n", settings.out.string(), features.size(1),
             set.size(), settings.split, labels.string());
  return 0;
}

}  // namespace nce::cli
