#include "nce/data/samplers/catalogue.h"

#include "nce/data/samplers/m_per_class.h"
#include "nce/data/samplers/weighted.h"

namespace nce::data {
namespace {

struct WeightedOptions {
  std::string weights;
  void fields(Options& o) {
    o.text("weights", weights, "file with one number for each training example [1 over the size of its class]");
  }
};

Sampler weighted(const std::vector<Setting>& settings) {
  const std::string file = with_settings(WeightedOptions{}, settings).weights;
  return WeightedRandomSampler{file.empty() ? std::vector<double>() : read_weights(file)};
}

}  // namespace

Catalogue<KnownSampler>& known_samplers() {
  static Catalogue<KnownSampler> all(
      "sampler", {known_sampler<RandomSampler>("random"),
                  known_sampler<MPerClassSampler>("m_per_class"),
                  {.name = "weighted", .options = listed_options(WeightedOptions{}), .make = weighted}});
  return all;
}

Sampler make_sampler(const std::string& name, const std::vector<Setting>& settings) {
  return known_samplers().find(name).make(settings);
}

}  // namespace nce::data
