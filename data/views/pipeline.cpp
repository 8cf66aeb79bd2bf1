#include "nce/data/views/pipeline.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "nce/core/parallel.h"

namespace nce::data {
namespace {

// FNV-1a.
uint64_t hash_of(const std::string& name) {
  uint64_t hash = 14695981039346656037u;
  for (char c : name) hash = (hash ^ uint8_t(c)) * 1099511628211u;
  return hash;
}

// The memory of a view. At most 4 K elements, so as not to evict the cache.
void prefetch(float* view, int64_t count) {
  for (int64_t i = 0; i < std::min<int64_t>(count, 1 << 12); i += 16) __builtin_prefetch(view + i, 1);
}

// Options with `number` after their names.
Options numbered(Options& o, const std::string& number) {
  const auto visit = [&o, number](const Field& field) {
    const std::string name = field.name + number;
    std::visit(
        [&](auto* value) {
          using T = std::remove_pointer_t<decltype(value)>;
          if constexpr (std::is_same_v<T, bool>)
            o.flag(name.c_str(), *value, field.help);
          else if constexpr (std::is_same_v<T, int64_t>)
            o.integer(name.c_str(), *value, field.help, field.range);
          else if constexpr (!std::is_same_v<T, std::string>)
            o.number(name.c_str(), *value, field.help, field.range);
          else if (field.choices.empty())
            o.text(name.c_str(), *value, field.help);
          else
            o.choice(name.c_str(), *value, field.choices, field.help);
        },
        field.value);
  };
  return Options(visit, [&o, number](const std::string& name, const std::string& without) {
    o.needs((name + number).c_str(), false, without.c_str());
  });
}

}  // namespace

Pipeline& Pipeline::size(int height, int width) {
  nce::check((height > 0 && width > 0) || (height == 0 && width == 0), "views: there is no size of {} x {}", height,
             width);
  height_ = height, width_ = width;
  return *this;
}

Pipeline& Pipeline::add(const std::string& name, std::unique_ptr<Transform> transform) {
  const std::vector<Option> taken = list_options(*this);
  const std::string number = number_of(name);
  for (const Step& step : steps_)
    nce::check(step.name != name, "views: '{}' is in the list twice; call the second one '{}2'", name, name);
  for (const Option& option : list_options(*transform))
    for (const Option& other : taken)
      nce::check(option.name + number != other.name, "views: '{}' and another transform both have an option '{}'",
                 name, other.name);
  steps_.push_back({name, number, hash_of(name), std::move(transform)});
  return *this;
}

std::vector<std::string> Pipeline::names() const {
  std::vector<std::string> all;
  for (const Step& step : steps_) all.push_back(step.name);
  return all;
}

void Pipeline::fields(Options& o) {
  for (Step& step : steps_) {
    Options own_names = numbered(o, step.number);
    own(step).fields(step.number.empty() ? o : own_names);
  }
}

void Pipeline::check(const Dataset& data) const {
  check_options("views", *this);
  for (const Step& step : steps_) step.transform->check(data);
}

Random Pipeline::random(const std::string& name, Key key) { return Random(Key(key.value ^ hash_of(name))); }

void Pipeline::apply(Image& image, Key key) const {
  for (const Step& step : steps_) {
    Random random(Key(key.value ^ step.stream));  // streams of different keys are independent: no fold is needed
    step.transform->apply(image, random);
  }
}

void augment(const Dataset& data, int64_t i, const Normalisation& normalisation, const Pipeline& views, Key key,
             float* out) {
  thread_local LineMemory memory;
  Image image(data, i, memory, views.height(data), views.width(data));
  views.apply(image, key);
  image.write(normalisation, out);
}

void augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                   const Pipeline& views, Key key, float* out, std::span<const uint64_t> numbers) {
  normalisation.check(data);
  views.check(data);
  for (int index : indices)
    check(index >= 0 && index < data.size(), "augment_batch: image {} of {} ({} images)", index, data.name,
          data.size());
  const int64_t floats = int64_t(views.height(data)) * views.width(data) * data.channels;
  parallel_for(int64_t(indices.size()), 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* view = out + i * floats;
      prefetch(view, floats);
      if (i + 1 < end) data.prefetch(indices[size_t(i + 1)]);
      const int index = indices[size_t(i)];
      augment(data, index, normalisation, views, key.fold(numbers.empty() ? uint64_t(index) : numbers[size_t(i)]),
              view);
    }
  });
}

Tensor augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                     const Pipeline& views, Key key) {
  Tensor out = Tensor::empty({int64_t(indices.size()), views.height(data), views.width(data), data.channels});
  augment_batch(data, indices, normalisation, views, key, out.mutable_data<float>());
  return out;
}

}  // namespace nce::data
