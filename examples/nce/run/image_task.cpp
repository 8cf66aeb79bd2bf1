#include "run/image_task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "nce/core/ops.h"
#include "nce/data/catalogue.h"
#include "nce/data/digest.h"
#include "nce/data/loader.h"
#include "nce/data/selection.h"
#include "nce/data/views/local_crops.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/encoders/trained.h"
#include "nce/nn/eval/features.h"
#include "run/meter.h"
#include "run/settings.h"
#include "usage.h"

namespace nce::cli {
namespace {

// What all sets of images have.
struct ImageDataOptions {
  bool has_files = true;
  bool whole = false;  // no options that leave out images
  std::string root = {};
  data::Selection selection = {};
  data::LocalCrops local_crops = {};
  void fields(Options& o) {
    if (has_files) o.text("root", root, "folder that the data set is in");
    if (!whole) selection.fields(o), local_crops.fields(o);
  }
};

// A set with all its options: those of all sets, and its own.
struct ImageData {
  ImageData(const data::KnownDataset& known, const std::vector<Setting>& settings, bool whole = false)
      : row(known), options{.has_files = !known.folder.empty(), .whole = whole}, source(known.make()) {
    set_options(*this, settings);
  }
  void fields(Options& o) { options.fields(o), source->fields(o); }

  const data::KnownDataset& row;
  ImageDataOptions options;
  std::unique_ptr<data::Source> source;
};

data::Splits load(const ImageData& data) {
  Meter meter;
  int64_t before = 0;
  data::Splits splits =
      data::load_splits(data.row, *data.source, data.options.root, [&](int64_t done, int64_t all) {
        if (before == 0) meter.stage("decoding pictures", all);
        meter.add(done - before);
        before = done;
      });
  meter.clear();
  return splits;
}

// The set that [data] names, with a root where it needs one.
ImageData image_data(const Config& config) {
  ImageData data(data::known_datasets().find(config.name("data")), config.settings("data"));
  const ImageDataOptions& options = data.options;
  const std::string &name = data.row.name, &folder = data.row.folder;
  if (!folder.empty() && options.root.empty())
    throw UsageError(fmt::format("--data {} needs --root, the folder that holds {}", name, folder));
  check(folder.empty() || is_folder(options.root),
        "{}: there is no folder {}; --root names the folder that holds {}", name, options.root, folder);
  return data;
}

// Options that do not fit each other, or the images, are wrong use.
template <class F>
auto as_usage(F&& made) try {
  return made();
} catch (const Error& error) { throw UsageError(error.what()); }

// The views that [views] lists.
data::Views views_of(const Config& config, const data::Dataset& set) {
  return as_usage([&] {
    data::Views views = data::make_views(config.name("views"));
    set_options(views, config.settings("views"));
    views.check(set);
    return views;
  });
}

// Images so large that every list of transforms fits them which fits any.
const data::Dataset& limitless() {
  static const data::InMemoryDataset set({.height = 1 << 20, .width = 1 << 20, .channels = 3, .smallest_crop = 0});
  return set;
}

class ImageTask final : public Task {
 public:
  ImageTask(Config& config, const TaskUse& use)
      : encoder_name_(config.name("encoder")), encoder_settings_(config.settings("encoder")) {
    const ImageData data = image_data(config);
    const ImageDataOptions& options = data.options;
    views_of(config, limitless());  // what fits no images is said before any are read
    const data::Splits splits = load(data);
    Key identity = Key(data::digest(*splits.train)).fold(data::digest(*splits.test));
    if (splits.unlabelled) identity = identity.fold(data::digest(*splits.unlabelled));
    identity_ = fmt::format("{:016x}", identity.value);
    sets_ = data::select(splits, options.selection, Key(uint64_t(options_in<RunOptions>(config, "run").seed)));
    if (!use.whole && !splits.unlabelled) sets_.train = sets_.learn;
    selection_ = options.selection;
    measured_ = use.whole ? use.measure : sets_.validation ? data::Split::validation : data::Split::test;
    normalisation_ = data::pixel_statistics(*sets_.learn);
    loader_options_ = {.batch = use.batch,
                       .seed = use.seed,
                       .views = image_views(config, *sets_.learn),
                       .num_views = use.num_views,
                       .drop_last = use.drop_last || sets_.learn->size() % use.batch == 1,
                       .sampler = use.sampler};
    if (data::LocalCrops local = options.local_crops; local.number > 0) {
      local.settle(*sets_.learn);
      for (const Option& option : list_options(local)) config.find("data", option.name)->value = option.value;
      loader_options_.local_views =
          as_usage([&] { return local.of(loader_options_.views[use.num_views], *sets_.learn); });
      loader_options_.num_local_views = local.number;
    }
    if (!use.whole) make_loader();  // which refuses what cannot be
  }

  int64_t steps_per_epoch() const override { return loader_->steps_per_epoch(); }
  void start_epoch(int64_t epoch, int64_t first_step) override { loader_->start_epoch(epoch, first_step); }
  bool next() override { return (batch_ = loader_->next()) != nullptr; }
  std::span<const int> batch_labels() const override { return batch_->labels; }
  int64_t local_views() const override { return loader_options_.num_local_views; }
  const data::Batch& batch() const { return *batch_; }

  std::span<const int> labels(data::Split split) const override {
    if (split == data::Split::validation && !sets_.validation) return {};
    return set(split).labels;
  }
  data::Split measured() const override { return measured_; }
  bool batches_have_labels() const override { return has_labels() && sets_.learn->classes == classes(); }
  int classes() const override { return train().classes; }
  std::string identity() const override { return identity_; }
  std::string protocol() const override {
    if (!has_labels()) return "no labels: there is nothing to classify";
    if (set(measured_).size() == 0) return "no test images: there is nothing to measure";
    const bool test = measured_ == data::Split::test;
    const std::string seed =
        selection_.validation_seed == 1 ? "" : fmt::format(" (seed {})", selection_.validation_seed);
    return fmt::format(
        "top-1 accuracy on {} {} images{}{}, %", set(measured_).size(), test ? "test" : "validation" + seed,
        selection_.classes.empty() ? "" : fmt::format(" of the classes {}", selection_.classes),
        test && sets_.validation ? fmt::format(", learned without {} training images{} that are held out",
                                               sets_.validation->size(), seed)
                                 : "");
  }
  std::vector<Baseline> baselines() const override {
    const auto pixels = [this](data::Split split) {
      return reshape(data::to_tensor(set(split), 0, set(split).size(), {}), {set(split).size(), -1});
    };
    return {{"raw_pixels", "raw pixels", [this, pixels] { return score(pixels); }, pixels}};
  }
  Tensor images(data::Split split, std::span<const int> numbers) const {
    return data::to_tensor(set(split), numbers, normalisation_);
  }
  int64_t size(data::Split split) const { return set(split).size(); }

  std::string class_name(int label) const override {
    return train().class_names.empty() ? Task::class_name(label) : train().class_names[size_t(label)];
  }
  std::string sample_name(data::Split split, int example) const override { return set(split).sample_name(example); }

  Pixels picture(data::Split split, int example, int view) const override {
    const data::Dataset& data = set(split);
    if (view == 0) {
      std::vector<uint8_t> room;
      const data::Picture as_it_is = data.image(example, room);
      return {as_it_is.height, as_it_is.width, as_it_is.channels, {as_it_is.pixels.begin(), as_it_is.pixels.end()}};
    }
    const data::Pipeline& list = loader_options_.views[view - 1];
    Pixels pixels{list.height(data), list.width(data), data.channels};
    std::vector<float> values(size_t(pixels.height) * size_t(pixels.width) * size_t(pixels.channels));
    data::augment(data, example, {}, list, Key(uint64_t(example)).fold(uint64_t(view)), values.data());
    for (const float value : values) pixels.bytes.push_back(uint8_t(std::clamp(value * 255 + 0.5f, 0.0f, 255.0f)));
    return pixels;
  }

  std::unique_ptr<TaskEncoder> make_encoder(Generator& generator) override;

  std::map<std::string, std::string> metadata() const override {
    return nn::encoder_metadata(encoder_name_, image_size(), encoder_settings_, normalisation_.mean,
                                normalisation_.std);
  }
  void adopt(const std::map<std::string, std::string>& metadata) override {
    const auto numbers = [&](const char* key) { return nn::channel_numbers(metadata, key, train().channels); };
    normalisation_ = {.mean = numbers("mean"), .std = numbers("std")};
    if (loader_) make_loader();
  }

  std::string describe() const override {
    return fmt::format("{} images {} x {} x {}{}{}", sets_.learn->size(), train().height, train().width,
                       train().channels, batches_have_labels() ? "" : ", no labels",
                       sets_.validation ? fmt::format(", {} held out", sets_.validation->size()) : "");
  }
  std::string note() const override {
    if (train().missing.empty()) return train().note;
    return fmt::format("{} not there; training on what is{}{}", train().missing, train().note.empty() ? "" : "; ",
                       train().note);
  }

 private:
  void make_loader() {
    loader_options_.normalisation = normalisation_;
    loader_ = std::make_unique<data::Loader>(*sets_.learn, loader_options_);
  }
  nn::ImageSize image_size() const {
    return {.height = train().height, .width = train().width, .channels = train().channels};
  }
  const data::Dataset& train() const { return *sets_.train; }
  const data::Dataset& set(data::Split split) const {
    return split == data::Split::train  ? *sets_.train
           : split == data::Split::test ? *sets_.test
                                        : *sets_.validation;
  }

  std::string encoder_name_;
  std::vector<Setting> encoder_settings_;
  data::Selected sets_;
  data::Split measured_ = data::Split::test;
  data::Selection selection_;
  std::string identity_;
  data::Normalisation normalisation_;
  data::LoaderOptions loader_options_;
  std::unique_ptr<data::Loader> loader_;
  const data::Batch* batch_ = nullptr;
};

class ImageEncoder final : public TaskEncoder {
 public:
  ImageEncoder(const ImageTask& task, std::unique_ptr<nn::Encoder> encoder)
      : task_(task), encoder_(std::move(encoder)) {}
  int64_t feature_dim() const override { return encoder_->feature_dim(); }
  Tensor views() override {
    encoder_->train(training());
    const data::Batch& batch = task_.batch();
    const Tensor features = (*encoder_)(batch.views);
    return batch.local_views.defined() ? concatenate({features, (*encoder_)(batch.local_views)}) : features;
  }
  Tensor features(data::Split split, std::span<const int> examples) override {
    return nn::features_of(*encoder_, int64_t(examples.size()), [&](int64_t begin, int64_t end) {
      return (*encoder_)(task_.images(split, examples.subspan(size_t(begin), size_t(end - begin))));
    });
  }
  void fields(nn::Fields& f) override { encoder_->fields(f); }

 private:
  const ImageTask& task_;
  std::unique_ptr<nn::Encoder> encoder_;
};

std::unique_ptr<TaskEncoder> ImageTask::make_encoder(Generator& generator) {
  auto encoder = nn::make_encoder(encoder_name_, image_size(), generator, encoder_settings_);
  if (local_views() > 0) {  // an encoder that does not take their size says so now
    const NoGrad no_grad;
    const data::Pipeline& small = loader_options_.local_views;
    encoder->eval();
    (*encoder)(Tensor::zeros({1, small.height(train()), small.width(train()), train().channels}));
  }
  return std::make_unique<ImageEncoder>(*this, std::move(encoder));
}

std::vector<Row> rows_of_sets(bool whole) {
  std::vector<Row> rows;
  for (const data::KnownDataset& known : data::known_datasets())
    rows.push_back({known.name, [known, whole](const std::vector<Setting>& settings) {
                      ImageData data(known, settings, whole);
                      return list_options(data);
                    }});
  return rows;
}
std::vector<Row> data_rows() { return rows_of_sets(false); }

std::vector<std::string> image_sets_in(const std::filesystem::path& root) {
  std::vector<std::string> names;
  for (const data::KnownDataset& known : data::known_datasets()) {
    if (known.folder.empty()) continue;
    const std::filesystem::path sign = root / known.folder.substr(0, known.folder.find(' '));
    if (known.lies_in ? known.lies_in(root) : is_there(sign) || is_there(sign.string() + ".gz"))
      names.push_back(known.name);
  }
  return names;
}

std::vector<Row> view_rows() {
  std::vector<Row> rows;
  for (const data::KnownTransform& known : data::known_transforms())
    rows.push_back({.name = known.name,
                    .options =
                        [make = known.make](const std::vector<Setting>& settings) {
                          const auto transform = make();
                          set_options(*transform, settings);
                          return list_options(*transform);
                        },
                    .numbered = true});
  return rows;
}

}  // namespace

data::Splits image_splits(const Config& config) { return load(image_data(config)); }

data::Views image_views(Config& config, const data::Dataset& train) {
  data::Views views = views_of(config, train);
  views.settle(train);
  for (const Option& option : list_options(views)) config.find("views", option.name)->value = option.value;
  return views;
}

std::vector<Section> image_sections() {
  std::vector<Section> sections;
  const std::vector<std::string> presets = names_of(data::known_presets());
  for (Section& section : train_sections()) {
    if (section.table == "data")
      section.rows = rows_of_sets(true);
    else if (section.table == "augment")
      std::erase_if(section.rows,
                    [&](const Row& row) { return std::ranges::find(presets, row.name) == presets.end(); });
    else if (section.table == "views")
      section.rows = view_rows();
    else
      continue;
    sections.push_back(std::move(section));
  }
  return sections;
}

KnownTask image_task() {
  return {.name = "images",
          .data = data_rows,
          .views = view_rows,
          .encoders = [] { return rows_of(nn::known_encoders()); },
          .presets = [] { return std::vector(data::known_presets().begin(), data::known_presets().end()); },
          .encoder = "conv4",
          .make = [](Config& config, const TaskUse& use) -> std::unique_ptr<Task> {
            return std::make_unique<ImageTask>(config, use);
          },
          .found_in = image_sets_in};
}

}  // namespace nce::cli
