#include "nce/data/views/pipeline.h"

#include <algorithm>
#include <exception>
#include <type_traits>
#include <variant>

#include "nce/core/parallel.h"
#include "nce/data/image_name.h"

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
    Random random(Key(key.value ^ step.stream));  // keys that differ give independent numbers, so no fold is needed
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

void augment_batch(const Dataset& data, std::span<const int> indices, std::span<const uint64_t> numbers,
                   const Normalisation& normalisation, std::span<const ViewOfBatch> views) {
  normalisation.check(data);
  check(numbers.size() == indices.size(), "augment_batch: {} numbers for {} indices", numbers.size(),
        indices.size());
  for (const ViewOfBatch& view : views) view.list->check(data);
  for (int index : indices)
    check(index >= 0 && index < data.size(), "augment_batch: image {} of {} ({} images)", index, data.name,
          data.size());
  std::vector<std::exception_ptr> failures(indices.size());
  const auto make = [&](size_t i) {
    thread_local LineMemory memory;
    const Picture picture = data.whole(indices[i], memory.picture());
    for (const ViewOfBatch& view : views) {
      const int height = view.list->height(data), width = view.list->width(data);
      const int64_t floats = int64_t(height) * width * data.channels;
      float* const out = view.out + int64_t(i) * floats;
      prefetch(out, floats);
      try {
        Image image(data, picture, memory, height, width);
        view.list->apply(image, view.key.fold(numbers[i]));
        image.write(normalisation, out);
      } catch (const std::exception& error) { fail("{}: {}", image_name(data, indices[i]), error.what()); }
    }
  };
  parallel_for(int64_t(indices.size()), 2, [&](int64_t begin, int64_t end) {
    for (size_t i = size_t(begin); i < size_t(end); ++i) try {
        if (i + 1 < size_t(end)) data.prefetch(indices[i + 1]);
        make(i);
      } catch (...) { failures[i] = std::current_exception(); }
  });
  for (const std::exception_ptr& failure : failures)  // the first one, for any number of threads
    if (failure) std::rethrow_exception(failure);
}

Tensor augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                     const Pipeline& views, Key key) {
  Tensor out = Tensor::empty({int64_t(indices.size()), views.height(data), views.width(data), data.channels});
  const std::vector<uint64_t> numbers(indices.begin(), indices.end());
  const ViewOfBatch view{&views, key, out.mutable_data<float>()};
  augment_batch(data, indices, numbers, normalisation, {&view, 1});
  return out;
}

}  // namespace nce::data
