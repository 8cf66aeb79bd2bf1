#include "nce/data/sets/folder.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <set>
#include <utility>

#include "nce/core/error.h"
#include "nce/core/files/contents.h"
#include "nce/core/files/paths.h"
#include "nce/core/parallel.h"
#include "nce/data/digest.h"
#include "nce/data/images/resize.h"
#include "nce/data/normalise.h"
#include "nce/data/sample.h"
#include "nce/data/sets/picture_files.h"

namespace nce::data {
namespace {

namespace fs = std::filesystem;

// A picture of the set. It has no pixels if there was no room for them.
struct Kept {
  int height = 0, width = 0;
  std::vector<uint8_t> pixels;
  std::array<uint64_t, 6> sums = {};
};

class FolderDataset final : public Dataset {
 public:
  FolderDataset(DatasetFacts facts, const ImageFolder& options, fs::path root, std::vector<fs::path> files)
      : Dataset(std::move(facts)),
        options_(options),
        root_(std::move(root)),
        files_(std::move(files)),
        kept_(files_.size()) {}

  Picture picture(int64_t i, std::vector<uint8_t>& room) const override {
    const Kept& kept = kept_[size_t(i)];
    if (!kept.pixels.empty()) return {kept.height, kept.width, channels, kept.pixels};
    return decoded(i, room);
  }
  std::string sample_name(int64_t i) const override {
    return files_[size_t(i)].lexically_relative(root_).generic_string();
  }

  std::span<const uint64_t> sums(int64_t i) const override {
    return std::span(kept_[size_t(i)].sums).first(size_t(2 * channels));
  }
  std::span<const uint64_t> digest_pieces() const override { return pieces_; }

  // Decodes each file once, keeps pixels as far as `budget` bytes go, and computes the sums over all pixels. Files that
  // cannot be decoded are left out and returned: "cats/a.jpg: why".
  std::vector<std::string> decode_all(std::atomic<int64_t>& budget, const std::function<void()>& count) {
    std::vector<std::string> faults;
    Pieces pieces;
    std::mutex counting;
    const int64_t all = size(), bytes = image_bytes(), images = images_of_a_part(bytes);
    size_t good = 0;
    for (int64_t first = 0; first < all; first += images) {
      const int64_t of_part = std::min(images, all - first);
      std::vector<std::string> why(static_cast<size_t>(of_part));
      uint8_t* const part = pieces.room(of_part * bytes);
      parallel_for(of_part, 1, [&](int64_t i, int64_t) {
        try {
          take(size_t(first + i), budget, part + i * bytes);
        } catch (const Error& error) { why[size_t(i)] = error.what(); }
        const std::lock_guard lock(counting);
        count();
      });
      uint8_t* end = part;
      for (int64_t i = 0; i < of_part; ++i) {
        const auto from = size_t(first + i);
        if (const std::string& fault = why[size_t(i)]; !fault.empty()) {
          const std::string file = files_[from].string();  // a fault of the system begins with it
          faults.push_back(fault.starts_with(file) ? fault : fmt::format("{}: {}", file, fault));
          continue;
        }
        end = std::copy_n(part + i * bytes, bytes, end);
        if (good != from) files_[good] = std::move(files_[from]), kept_[good] = std::move(kept_[from]);
        labels[good++] = labels[from];
      }
      pieces.take(end - part);
    }
    files_.resize(good), kept_.resize(good), labels.resize(good);
    pieces_ = pieces.finish();
    return faults;
  }

 private:
  Picture decoded(int64_t i, std::vector<uint8_t>& room) const {
    const Picture whole =
        decode(contents_of(files_[size_t(i)]), {.channels = channels, .alpha = options_.alpha}, room);
    if (options_.crop_from == ImageFolder::CropFrom::picture) return whole;
    return fit(whole, resize_mode, height, width, room);
  }

  // Makes picture i, and writes its image to `image`.
  void take(size_t i, std::atomic<int64_t>& budget, uint8_t* image) {
    std::vector<uint8_t> room;
    const Picture found = decoded(int64_t(i), room);
    const auto bytes = int64_t(found.pixels.size());
    Kept& kept = kept_[i];
    if (budget.fetch_sub(bytes) >= bytes)
      kept = {found.height, found.width, {found.pixels.begin(), found.pixels.end()}};
    else
      budget += bytes;
    const auto pixels = fit(found, resize_mode, height, width, room).pixels;
    add_pixel_sums(pixels, std::span(kept.sums).first(size_t(2 * channels)));
    std::ranges::copy(pixels, image);
  }

  ImageFolder options_;
  fs::path root_;
  std::vector<fs::path> files_;
  std::vector<Kept> kept_;
  std::vector<uint64_t> pieces_;
};

// A split: its folder and its files.
struct Part {
  fs::path folder;
  PictureFiles found;
};

// Moves a share of each class out of `from`.
PictureFiles take_share(PictureFiles& from, double fraction, Key key) {
  PictureFiles taken{.class_names = from.class_names};
  const auto count = int64_t(fraction * double(from.files.size()) + 0.5);
  const std::vector<int> chosen = stratified_sample(from.labels, count, key);
  PictureFiles rest{.class_names = from.class_names, .left_out = from.left_out};
  size_t next = 0;
  for (size_t i = 0; i < from.files.size(); ++i) {
    const bool is_chosen = next < chosen.size() && chosen[next] == int(i);
    next += is_chosen;
    PictureFiles& to = is_chosen ? taken : rest;
    to.files.push_back(std::move(from.files[i])), to.labels.push_back(from.labels[i]);
  }
  from = std::move(rest);
  return taken;
}

// Numbers the classes of the test set as training does.
void renumber(Part& test, const Part& train) {
  const auto& known = train.found.class_names;
  for (const std::string& name : test.found.class_names)
    check(std::find(known.begin(), known.end(), name) != known.end(),
          "{}: the training set has no such class ({} has none of this name)", (test.folder / name).string(),
          train.folder.string());
  check(known.empty() || !test.found.class_names.empty(), "{}: has no folders of classes, as {} has",
        test.folder.string(), train.folder.string());
  for (int& label : test.found.labels)
    if (!known.empty())
      label = int(std::find(known.begin(), known.end(), test.found.class_names[size_t(label)]) - known.begin());
  test.found.class_names = known;
}

bool any_colour(const std::vector<fs::path>& files) {
  return std::any_of(files.begin(), files.end(), [](const fs::path& file) {
    try {
      return is_colour(contents_of(file));
    } catch (const Error&) { return false; }  // named when it is decoded
  });
}

int64_t quarter_of_memory() { return int64_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE) / 4; }

}  // namespace

bool ImageFolder::lies_in(const fs::path& root) {
  return has_pictures(is_folder(root / "train") ? root / "train" : root);
}

Splits ImageFolder::load(const fs::path& root, const Progress& progress) const {
  check_options("folder", *this);
  Part train{root, {}}, test{root, {}};
  if (is_folder(root / "train")) {
    train.folder = root / "train", test.folder = is_folder(root / "test") ? root / "test" : root / "val";
    train.found = find_pictures(train.folder);
  } else {
    train.found = find_pictures(root);
  }
  if (test.folder != root && is_folder(test.folder))
    test.found = find_pictures(test.folder), renumber(test, train);
  else if (!train.found.class_names.empty())
    test.found = take_share(train.found, test_fraction, Key(uint64_t(split_seed)));

  const bool colour = any_colour(train.found.files) || any_colour(test.found.files);
  const auto all = int64_t(train.found.files.size() + test.found.files.size());
  std::atomic<int64_t> budget = cache_mb ? int64_t(*cache_mb * 1e6) : quarter_of_memory();
  int64_t done = 0;
  std::vector<std::string> bad;
  const auto made = [&](Part& part) {
    auto set = std::make_shared<FolderDataset>(
        DatasetFacts{.name = "folder",
                     .height = int(image_size),
                     .width = int(image_size),
                     .channels = colour ? 3 : 1,
                     .classes = int(std::max<size_t>(1, part.found.class_names.size())),
                     .labels = part.found.labels,
                     .class_names = part.found.class_names,
                     .note = left_out_text(part.found.left_out),
                     .source = part.folder.string(),
                     .resize_mode = resize_mode},
        *this, root, part.found.files);
    const auto faults = set->decode_all(budget, [&] {
      ++done;
      if (progress) progress(done, all);
    });
    bad.insert(bad.end(), faults.begin(), faults.end());
    return set;
  };
  const auto of_training = made(train), of_test = made(test);
  if (!bad.empty()) {
    const std::string others =
        bad.size() == 1 ? "" : fmt::format("; {} more cannot be decoded either", bad.size() - 1);
    check(skip_bad, "{}{}; the option skip_bad leaves such files out", bad[0], others);
    std::string& note = of_training->note;
    note += fmt::format("{}{} file{} left out that cannot be decoded, the first {}", note.empty() ? "" : "; ",
                        bad.size(), bad.size() == 1 ? "" : "s", bad[0]);
  }
  check(of_training->size() > 0, "{}: not one of its files can be decoded, the first {}", train.folder.string(),
        bad.empty() ? "" : bad[0]);
  return {of_training, of_test};
}

}  // namespace nce::data
