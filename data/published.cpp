#include "nce/data/published.h"

namespace nce::data::published {
namespace {

// The four files of a set in MNIST's form, in this order: training images and labels, test images and labels.
Published idx_files(Published set, const std::string& address, const std::vector<PublishedFile>& sums) {
  const char* const names[] = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                               "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};
  for (size_t i = 0; i < 4; ++i) set.downloads.push_back({address + names[i], sums[i].bytes, sums[i].md5});
  return set;
}

}  // namespace

Published mnist() {
  return idx_files({.page = "http://yann.lecun.com/exdb/mnist/", .licence = "CC BY-SA 3.0", .folder = "MNIST/raw"},
                   "https://ossci-datasets.s3.amazonaws.com/mnist/",
                   {{"", 9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"},
                    {"", 28881, "d53e105ee54ea40749a09fcbcd1e9432"},
                    {"", 1648877, "9fb629c4189551a2d022fa330f9573f3"},
                    {"", 4542, "ec29112dd5afa0611ce80d1b7f02629c"}});
}

Published fashion_mnist() {
  return idx_files(
      {.page = "https://github.com/zalandoresearch/fashion-mnist", .licence = "MIT", .folder = "FashionMNIST/raw"},
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
      {{"", 26421880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"},
       {"", 29515, "25c81989df183df01b3e8a0aad5dffbe"},
       {"", 4422102, "bef4ecab320f06d8554ea6380940ec79"},
       {"", 5148, "bb300cfdad3c16e7a12a480ee83cd310"}});
}

Published kmnist() {
  return idx_files({.page = "https://codh.rois.ac.jp/kmnist/", .licence = "CC BY-SA 4.0", .folder = "KMNIST/raw"},
                   "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
                   {{"", 18165135, "bdb82020997e1d708af4cf47b453dcf7"},
                    {"", 29497, "e144d726b3acfaa3e44228e80efcd344"},
                    {"", 3041136, "5c965bf0a639b31b8f53240b1b52f4d7"},
                    {"", 5120, "7320c461ea6c1c855c0b718fb2a4b134"}});
}

Published emnist() {
  return {.page = "https://www.nist.gov/itl/products-and-services/emnist-dataset",
          .licence = "none stated; cite Cohen, Afshar, Tapson, van Schaik, arXiv 1702.05373",
          .folder = "EMNIST/raw",
          .downloads = {{"https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip", 561753746,
                         "58c8d27c78d21e728a6bc7b3cc06412e"}}};
}

Published cifar10() {
  return {.page = "https://www.cs.toronto.edu/~kriz/cifar.html",
          .licence = "none stated; cite Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
          .downloads = {{"https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", 170052171,
                         "c32a1d4ab5d03f1284b67883e8d87530"}},
          // Sums of our own files; their Python form has the published sums.
          .unpacked = {{"cifar-10-batches-bin/data_batch_1.bin", 30730000, "5dd7e06a14cb22eb9f671a540d1b7c25"},
                       {"cifar-10-batches-bin/data_batch_2.bin", 30730000, "5ea93a67294ea407fff1d09f752e9692"},
                       {"cifar-10-batches-bin/data_batch_3.bin", 30730000, "942cd6a4bcdd0dd3c604fbe906cb4421"},
                       {"cifar-10-batches-bin/data_batch_4.bin", 30730000, "ae636b3ba5c66a11e91e8cb52e771fcb"},
                       {"cifar-10-batches-bin/data_batch_5.bin", 30730000, "53f37980c15c3d472c316c40844f3f0d"},
                       {"cifar-10-batches-bin/test_batch.bin", 30730000, "803d5f7f4d78ea53de84dbe85f74fb6d"}}};
}

Published cifar100() {
  return {.page = "https://www.cs.toronto.edu/~kriz/cifar.html",
          .licence = "none stated; cite Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
          .downloads = {{"https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz", 168513733,
                         "03b5dce01913d631647c71ecec9e9cb8"}},
          .unpacked = {{"cifar-100-binary/train.bin", 153700000}, {"cifar-100-binary/test.bin", 30740000}}};
}

Published stl10() {
  return {.page = "https://cs.stanford.edu/~acoates/stl10/",
          .licence = "none stated; images of ImageNet; cite Coates, Lee, Ng, AISTATS 2011",
          .downloads = {{"http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz", 2640397119,
                         "91f7769df0f17e558f3565bffb0c7dfb"}},
          .unpacked = {{"stl10_binary/train_X.bin", 138240000, "918c2871b30a85fa023e0c44e0bee87f"},
                       {"stl10_binary/train_y.bin", 5000, "5a34089d4802c674881badbb80307741"},
                       {"stl10_binary/test_X.bin", 221184000, "7f263ba9f9e0b06b93213547f721ac82"},
                       {"stl10_binary/test_y.bin", 8000, "36f9794fa4beb8a2c72628de14fa638e"},
                       {"stl10_binary/unlabeled_X.bin", 2764800000, "5242ba1fed5e4be9e1e742405eb56ca4"}}};
}

}  // namespace nce::data::published
