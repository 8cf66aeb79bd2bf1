#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/catalogue.h"
#include "nce/data/dataset.h"
#include "nce/data/published.h"

/// The table of all data sets by name. `nce train --data`, the help and the tests use it.
/// To add a data set: its file in sets/, a row in catalogue.cpp, a test.
namespace nce::data {

/// Both splits, which must fit each other. If a set has no test split, it has no images here.
struct Splits {
  std::shared_ptr<const Dataset> train, test;
  /// More images to learn from, without labels. Mostly null.
  std::shared_ptr<const Dataset> unlabelled = {};
};

/// Called while a set is loaded: how many pictures are ready, and how many there are. From one thread at a time.
using Progress = std::function<void(int64_t done, int64_t all)>;

/// Where a data set comes from. To add one, write a plain struct T of options; `SourceOf<T>` makes it a Source:
///
///     struct T {
///       void fields(Options& o);                              // its options: name, range, help
///       Splits load(const std::filesystem::path& root) const;  // or (root, progress), if it takes long
///       static bool lies_in(const std::filesystem::path& root);  // may be left out, see KnownDataset
///     };
class Source {
 public:
  virtual ~Source() = default;
  virtual void fields(Options& o) = 0;
  virtual Splits load(const std::filesystem::path& root, const Progress& progress) const = 0;
};

template <class T>
class SourceOf final : public Source {
 public:
  explicit SourceOf(T source) : source_(std::move(source)) {}
  void fields(Options& o) override { source_.fields(o); }
  Splits load(const std::filesystem::path& root, const Progress& progress) const override {
    if constexpr (requires { source_.load(root, progress); })
      return source_.load(root, progress);
    else
      return source_.load(root);
  }

 private:
  T source_;
};

/// A set without options, loaded by a function of (root, split).
template <class F>
struct PlainSource {
  F load_split;
  void fields(Options&) {}
  Splits load(const std::filesystem::path& root) const {
    const auto one = [&](Split split) { return std::make_shared<InMemoryDataset>(load_split(root, split)); };
    return {one(Split::train), one(Split::test)};
  }
};
template <class F>
PlainSource(F) -> PlainSource<F>;

/// A row of the catalogue.
struct KnownDataset {
  std::string name;
  std::string folder = {};  ///< What must be in the root folder: "MNIST/raw". Empty: the set needs no file.
  std::function<std::unique_ptr<Source>()> make = {};  ///< With its default options.
  Published published = {};                            ///< Where one can get it. Empty: nobody publishes it.
  /// Whether the set is in a folder. Unset: it is if `folder` (up to a space) is there, or the same with .gz.
  std::function<bool(const std::filesystem::path& root)> lies_in = {};
};

/// The row of a struct with `fields` and `load`, or of a function of (root, split).
template <class T>
KnownDataset known_dataset(std::string name, std::string folder, T source, Published published = {}) {
  if constexpr (requires(Options & o) { source.fields(o); }) {
    KnownDataset row{std::move(name), std::move(folder), [source] { return std::make_unique<SourceOf<T>>(source); },
                     std::move(published)};
    if constexpr (requires { T::lies_in(std::filesystem::path()); }) row.lies_in = T::lies_in;
    return row;
  } else
    return known_dataset(std::move(name), std::move(folder), PlainSource{source}, std::move(published));
}

Catalogue<KnownDataset>& known_datasets();

/// Loads both splits of a set. `root` is the folder in which the row's `folder` is; a set without files ignores it.
/// Errors: files are needed, and root is empty; a fault in a file; a set that is not whole; splits that do not fit each
/// other.
Splits load_splits(const KnownDataset& row, const Source& source, const std::filesystem::path& root,
                   const Progress& progress = {});
/// The same for a name: load_splits("mnist", "data"). More errors: an unknown name; those of `set_options`.
Splits load_splits(const std::string& name, const std::filesystem::path& root,
                   const std::vector<Setting>& settings = {});

}  // namespace nce::data
