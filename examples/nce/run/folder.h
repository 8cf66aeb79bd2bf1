#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::cli {

/// A digest of a file's bytes, 16 hex digits. Empty where it cannot be read.
std::string digest_of_file(const std::filesystem::path& path);

/// "train", "test" or "validation".
data::Split split_named(const std::string& name);

/// The files of a run.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  const std::filesystem::path& path() const { return folder_; }
  /// The options that the run was started with.
  std::filesystem::path config() const { return folder_ / "config.toml"; }
  /// One JSON object per line, see log.h.
  std::filesystem::path log() const { return folder_ / "log.jsonl"; }
  /// The same as a table, with --log csv.
  std::filesystem::path log_csv() const { return folder_ / "log.csv"; }
  /// The encoder alone, in PyTorch's names and layout.
  std::filesystem::path checkpoint() const { return folder_ / "checkpoint.safetensors"; }
  /// All that the next step depends on: encoder, head, loss, optimiser, place in the run.
  std::filesystem::path state() const { return folder_ / "state.safetensors"; }
  /// With --keep best: encoder, head and loss of the best epoch.
  std::filesystem::path best() const { return folder_ / "best.safetensors"; }
  /// Locked while a process trains here. The file stays, empty.
  std::filesystem::path lock() const { return folder_ / "lock"; }
  /// What `nce eval` measured last on a split, of the encoder's features or of the projection: one JSON object.
  std::filesystem::path scores(data::Split split = data::Split::test, const std::string& layer = "encoder") const {
    return folder_ / fmt::format("eval{}{}.json", layer == "encoder" ? "" : "." + layer,
                                 split == data::Split::validation ? ".validation" : "");
  }
  /// All files that `scores` may name.
  std::vector<std::filesystem::path> all_scores() const;
  /// A digest of the checkpoint, 16 hex digits: runs with the same weights are one. Empty where there is none.
  std::string weights() const { return digest_of_file(checkpoint()); }
  /// Removes the files of a run, its config.toml first: then there is none.
  void clear() const;
  /// Makes the folder if there is none.
  void create() const;
  /// Refuses a disk with less than `bytes` free.
  void check_room(uintmax_t bytes) const;

 private:
  std::filesystem::path folder_;
};

/// The right to train in a folder. The system takes it back when the process ends, also by SIGKILL.
class RunLock {
 public:
  /// Makes the folder. An error names the process that has the lock.
  explicit RunLock(const RunFolder& run);
  ~RunLock();
  /// The number of the process that trains in a folder; 0 where another machine or container does. None: nobody does, as
  /// far as the file system tells.
  static std::optional<int64_t> holder(const RunFolder& run);
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace nce::cli
