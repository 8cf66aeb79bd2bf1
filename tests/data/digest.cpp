#include "nce/data/digest.h"

#include <doctest/doctest.h>

#include <functional>
#include <set>

#include "support/threads.h"

using namespace nce;
using namespace nce::data;

namespace {

// A set whose pixels fill several pieces of the digest and a rest.
InMemoryDataset some_images(const std::string& name = "some") {
  InMemoryDataset set({.name = name, .height = 11, .width = 13, .channels = 3, .classes = 10});
  for (int i = 0; i < 500; ++i) set.labels.push_back(i % 10);
  for (int i = 0; i < 500 * 11 * 13 * 3; ++i) set.images.push_back(uint8_t(i * 7 + i / 251));
  return set;
}

}  // namespace

TEST_CASE("a data set is known by what it holds, not by its name") {
  CHECK(digest(some_images("a")) == digest(some_images("b")));
  // A digest that changed would make every run refuse its own data.
  CHECK(digest(some_images()) == 0x144b86ce0c382ead);
  const std::function<void(InMemoryDataset&)> changes[] = {
      [](InMemoryDataset&) {},
      [](InMemoryDataset& d) { std::swap(d.height, d.width); },
      [](InMemoryDataset& d) { d.images[0] ^= 1; },
      [](InMemoryDataset& d) { d.images[100000] ^= 128; },
      [](InMemoryDataset& d) { d.images.back() ^= 1; },
      [](InMemoryDataset& d) { std::swap(d.images[8], d.images[16]); },
      [](InMemoryDataset& d) {
        std::swap_ranges(d.images.begin(), d.images.begin() + 65536, d.images.begin() + 65536);
      },
      [](InMemoryDataset& d) { d.labels[17] = 9; },
      [](InMemoryDataset& d) { d.labels.resize(250), d.images.resize(250 * 11 * 13 * 3); },
  };
  std::set<uint64_t> seen;
  for (const auto& change : changes) {
    InMemoryDataset set = some_images();
    change(set);
    CHECK(seen.insert(digest(set)).second);
  }
}

TEST_CASE("every byte counts in a digest, and the number of threads does not") {
  std::vector<std::byte> bytes(70000);
  std::set<uint64_t> seen{digest(bytes)};
  for (size_t at = 0; at < bytes.size(); at += 997) {
    bytes[at] = std::byte{1};
    CHECK(seen.insert(digest(bytes)).second);
    bytes[at] = std::byte{0};
  }
  for (const size_t size : {0, 1, 7, 8, 9, 65536, 65537})
    CHECK(seen.insert(digest(std::span(bytes).first(size))).second);
  CHECK(seen.insert(digest(bytes, 1)).second);
  const InMemoryDataset set = some_images();
  CHECK(nce::test::same_on_threads([&] { return digest(set); }));
}
