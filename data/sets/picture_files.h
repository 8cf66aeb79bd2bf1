#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nce::data {

/// The picture files below a folder, by their suffix: .jpg .jpeg .png .bmp .gif .pgm .ppm .pnm, in any case. Hidden
/// files and folders are ignored. Files with other suffixes are counted.
struct PictureFiles {
  std::vector<std::string> class_names = {};      ///< Folders, sorted by name. Empty: no folders, no labels.
  std::vector<std::filesystem::path> files = {};  ///< Class by class; in a class sorted by path.
  std::vector<int> labels = {};                   ///< Of each file; 0 if there are no classes.
  std::map<std::string, int64_t> left_out = {};   ///< How many files a suffix has: {".txt", 3}.
};

/// Finds `folder/CLASS/...`, also in folders of a class. If no folder has pictures, finds `folder/*`. Errors: a folder
/// that cannot be read, no pictures, a class without pictures.
PictureFiles find_pictures(const std::filesystem::path& folder);

/// Whether there is a picture in the folder, or in a folder of it. It is quick: it does not look deeper. Folders that
/// cannot be read have none.
bool has_pictures(const std::filesystem::path& folder);

/// "3 files left out (.txt 2, .webp 1)"; empty if there are none.
std::string left_out_text(const std::map<std::string, int64_t>& left_out);

}  // namespace nce::data
