#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

#include "arguments.h"
#include "command.h"
#include "nce/core/error.h"
#include "nce/data/sample.h"
#include "pages/grid.h"
#include "run/image_task.h"
#include "run/settings.h"
#include "usage.h"

namespace nce::cli {
namespace {

struct ShowSettings {
  std::filesystem::path out;
  std::string split = "train";
  int count = 8, num_views = 8;
  uint64_t seed = 1;
};

// A cell has at least 56 pixels a side.
int scale_of(int height, int width) { return (55 + std::max(height, width)) / std::max(height, width); }

int show(const ShowSettings& settings, const std::vector<Section>& sections, const std::vector<Given>& given) {
  if (settings.out.extension() != ".png")
    throw UsageError(fmt::format("--out {}: must end in .png", settings.out.string()));
  Config config = resolve(sections, given);
  const data::Splits splits = image_splits(config);
  const data::Dataset& data = settings.split == "test" ? *splits.test : *splits.train;
  check(data.size() > 0, "{}: there are no test images; leave --split out", data.name);
  const data::Views views = image_views(config, *splits.train);
  views.check(data);

  const Key key = Key(settings.seed);
  const std::vector<int> chosen =
      data::stratified_sample(data.labels, std::min<int64_t>(settings.count, data.size()), key.fold(0));
  int height = data.height, width = data.width;
  for (int v = 0; v < settings.num_views; ++v)
    height = std::max(height, views[v].height(data)), width = std::max(width, views[v].width(data));
  Grid grid(int(chosen.size()), 1 + settings.num_views, height, width, scale_of(height, width));
  std::vector<uint8_t> room, bytes;
  std::vector<float> values;
  std::string rows;
  for (size_t row = 0; row < chosen.size(); ++row) {
    const int i = chosen[row], label = data.labels[size_t(i)];
    const data::Picture image = data.image(i, room);
    grid.put(int(row), 0, image.pixels.data(), image.height, image.width, image.channels);
    for (int v = 0; v < settings.num_views; ++v) {
      const int h = views[v].height(data), w = views[v].width(data);
      values.resize(size_t(h) * size_t(w) * size_t(data.channels));
      data::augment(data, i, {}, views[v], key.fold(uint64_t(v + 1)).fold(uint64_t(i)), values.data());
      bytes.clear();
      for (const float value : values) bytes.push_back(uint8_t(std::clamp(value * 255 + 0.5f, 0.0f, 255.0f)));
      grid.put(int(row), 1 + v, bytes.data(), h, w, data.channels);
    }
    const std::string name = data.sample_name(i);
    rows += fmt::format("  image {}{}, label {}{}\n", i, name.empty() ? "" : fmt::format(" ({})", name), label,
                        data.class_names.empty() ? "" : fmt::format(" ({})", data.class_names[size_t(label)]));
  }
  grid.save(settings.out);
  fmt::print("{}: {} {} images of {}, each beside {} views: {}\n{}", settings.out.string(), chosen.size(),
             settings.split, data.name, settings.num_views, describe_views(config), rows);
  return 0;
}

}  // namespace

Run add_data_show(CLI::App& command) {
  auto settings = std::make_shared<ShowSettings>();
  command.add_option("--out", settings->out, "PNG file to write")->required();
  command.option_defaults()->always_capture_default();
  command.add_option("--split", settings->split, "train or test")->check(one_of({"train", "test"}));
  command.add_option("--count", settings->count, "Images, a random sample with each label's share")
      ->check(within({.least = 1, .most = 100}));
  command.add_option("--num-views", settings->num_views, "Views beside each image")
      ->check(within({.least = 0, .most = 100}));
  command.add_option("--seed", settings->seed, "Of the sample and the views");
  const std::vector<Section> sections = image_sections();
  command.footer("Example: nce data show --data mnist --root data --augment mnist --out views.png");
  return [settings, sections, given = declare(command, sections)] { return show(*settings, sections, given()); };
}

}  // namespace nce::cli
