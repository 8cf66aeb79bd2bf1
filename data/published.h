#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace nce::data {

/// A file that somebody publishes.
struct PublishedFile {
  std::string name;  ///< The address of a download, or the path of a file in an archive.
  int64_t bytes = 0;
  std::string md5 = {};  ///< 32 hex digits. Empty: none was published.
};

/// Where one can get a standard set, and which files it has. Addresses and MD5 sums are from torchvision 0.14 and from
/// the pages of the sets.
struct Published {
  std::string page = {};     ///< The page that describes the set.
  std::string licence = {};  ///< Its terms.
  std::string folder = {};   ///< Below the root: downloads are put here, archives are unpacked here.
  std::vector<PublishedFile> downloads = {};  ///< Empty: there are no files to download.
  std::vector<PublishedFile> unpacked = {};   ///< What the archives among the downloads hold.
};

namespace published {
Published mnist();
Published fashion_mnist();
Published kmnist();
Published emnist();
Published cifar10();
Published cifar100();
Published stl10();
}  // namespace published

}  // namespace nce::data
