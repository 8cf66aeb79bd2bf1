#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace nce::data {

/// A file as its publisher gives it out.
struct PublishedFile {
  std::string name;  ///< Of a download its address; of a file in an archive its path below the root.
  int64_t bytes = 0;
  std::string md5 = {};  ///< 32 hex digits. Empty: none was published.
};

/// Where a standard set is to be had, and which files it then has. Addresses and MD5 sums are those of torchvision 0.14
/// and of the sets' own pages.
struct Published {
  std::string page = {};     ///< Where the set is described.
  std::string licence = {};  ///< Its terms.
  std::string folder = {};   ///< Below the root: downloads are put here, archives are unpacked here.
  std::vector<PublishedFile> downloads = {};  ///< Empty: it cannot be had as files.
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
