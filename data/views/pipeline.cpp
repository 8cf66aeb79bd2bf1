#include "nce/data/views/pipeline.h"

#include <algorithm>

#include "nce/core/parallel.h"

namespace nce::data {
namespace {

// FNV-1a.
uint64_t hash_of(const std::string& name) {
  uint64_t hash = 14695981039346656037u;
  for (char c : name) hash = (hash ^ uint8_t(c)) * 1099511628211u;
  return hash;
}

// Prefetches the next image and the memory of its view: images come in random order. At most 4 K elements, so as
// not to evict the cache.
void prefetch(const uint8_t* image, int64_t bytes) {
  for (int64_t i = 0; i < std::min<int64_t>(bytes, 1 << 12); i += 64) __builtin_prefetch(image + i, 0);
}
void prefetch(float* view, int64_t count) {
  for (int64_t i = 0; i < std::min<int64_t>(count, 1 << 12); i += 16) __builtin_prefetch(view + i, 1);
}

}  // namespace

Pipeline& Pipeline::add(const std::string& name, std::unique_ptr<Transform> transform) {
  const std::vector<Option> taken = list_options(*this);
  for (const Step& step : steps_) nce::check(step.name != name, "views: '{}' is in the list twice", name);
  for (const Option& option : list_options(*transform))
    for (const Option& other : taken)
      nce::check(option.name != other.name, "views: '{}' and another transform both have an option '{}'", name,
                 option.name);
  steps_.push_back({name, hash_of(name), std::move(transform)});
  return *this;
}

std::vector<std::string> Pipeline::names() const {
  std::vector<std::string> all;
  for (const Step& step : steps_) all.push_back(step.name);
  return all;
}

void Pipeline::fields(Options& o) {
  for (Step& step : steps_) own(step).fields(o);
}

void Pipeline::check(const Dataset& data) const {
  check_options("views", *this);
  for (const Step& step : steps_) step.transform->check(data);
}

void Pipeline::apply(Image& image, Key key) const {
  for (const Step& step : steps_) {
    Random random(Key(key.value ^ step.stream));  // streams of different keys are independent: no fold is needed
    step.transform->apply(image, random);
  }
}

void augment(const Dataset& data, int64_t i, const Normalisation& normalisation, const Pipeline& views, Key key,
             float* out) {
  thread_local LineMemory memory;
  Image image(data, i, memory);
  views.apply(image, key);
  image.write(normalisation, out);
}

void augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                   const Pipeline& views, Key key, float* out) {
  normalisation.check(data);
  views.check(data);
  for (int index : indices)
    check(index >= 0 && index < data.size(), "augment_batch: image {} of {} ({} images)", index, data.name,
          data.size());
  parallel_for(int64_t(indices.size()), 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* view = out + i * data.image_bytes();
      prefetch(view, data.image_bytes());
      if (i + 1 < end) prefetch(data.image(indices[size_t(i + 1)]).data(), data.image_bytes());
      augment(data, indices[size_t(i)], normalisation, views, key.fold(uint64_t(indices[size_t(i)])), view);
    }
  });
}

Tensor augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                     const Pipeline& views, Key key) {
  Tensor out = Tensor::empty({int64_t(indices.size()), data.height, data.width, data.channels});
  augment_batch(data, indices, normalisation, views, key, out.mutable_data<float>());
  return out;
}

}  // namespace nce::data
