#include "fetch/inspect.h"

#include <array>
#include <unordered_map>

#include "nce/core/parallel.h"
#include "nce/data/digest.h"

namespace nce::cli {
namespace {

using Places = std::unordered_map<uint64_t, int64_t>;

Places first_places(const std::vector<uint64_t>& digests, std::vector<Double>* doubles = nullptr) {
  Places places;
  for (size_t i = 0; i < digests.size(); ++i) {
    const auto [at, fresh] = places.emplace(digests[i], int64_t(i));
    if (!fresh && doubles) doubles->push_back({int64_t(i), at->second});
  }
  return places;
}

}  // namespace

Inspection inspect(const data::Dataset& data) {
  Inspection found{.counts = std::vector<int64_t>(size_t(data.classes)), .pixels = data::pixel_statistics(data)};
  for (const int label : data.labels) ++found.counts[size_t(label)];
  found.digests.resize(size_t(data.size()));
  parallel_for(data.size(), 64, [&](int64_t begin, int64_t end) {
    std::vector<uint8_t> room;
    for (int64_t i = begin; i < end; ++i) {
      const data::Picture picture = data.picture(i, room);
      const std::array size{picture.height, picture.width, picture.channels};
      found.digests[size_t(i)] =
          data::digest(std::as_bytes(picture.pixels), data::digest(std::as_bytes(std::span(size))));
    }
  });
  first_places(found.digests, &found.doubles);
  return found;
}

std::vector<Double> in_both(const Inspection& first, const Inspection& second) {
  const Places places = first_places(first.digests);
  std::vector<Double> both;
  for (size_t i = 0; i < second.digests.size(); ++i)
    if (const auto at = places.find(second.digests[i]); at != places.end())
      both.push_back({int64_t(i), at->second});
  return both;
}

}  // namespace nce::cli
