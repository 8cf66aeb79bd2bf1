#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nce::data {

/// The picture files below a folder, by their suffix: .jpg .jpeg .png .bmp .gif .pgm .ppm .pnm, in any case. Hidden files
/// and folders are not looked at; files with other suffixes are counted.
struct PictureFiles {
  std::vector<std::string> class_names = {};      ///< Folders, sorted by name. Empty: no folders, no labels.
  std::vector<std::filesystem::path> files = {};  ///< Class by class, and in each sorted by path.
  std::vector<int> labels = {};                   ///< Of each file; 0 where there are no classes.
  std::map<std::string, int64_t> left_out = {};   ///< How many files a suffix has: {".txt", 3}.
};

/// Finds `folder/CLASS/...`, also in folders within a class, or where no folder holds a picture `folder/*`. Errors: a folder
/// that cannot be read, no pictures, a class without any.
PictureFiles find_pictures(const std::filesystem::path& folder);

/// Whether a picture lies in the folder or in a folder of it: a quick look, without the folders below. What cannot be read
/// has none.
bool has_pictures(const std::filesystem::path& folder);

/// "3 files left out (.txt 2, .webp 1)"; empty where there are none.
std::string left_out_text(const std::map<std::string, int64_t>& left_out);

}  // namespace nce::data
