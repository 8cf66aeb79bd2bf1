#include "nce/core/nearest.h"

#include <doctest/doctest.h>

using namespace nce;
using Names = std::vector<std::string>;

TEST_CASE("what somebody may have meant is near in letters, or holds what was said") {
  const Names losses{"nt_xent", "info_nce",           "sc_info_nce",          "hard_info_nce",
                     "sup_con", "simple_contrastive", "spectral_contrastive", "debiased_info_nce",
                     "vicreg"};
  const std::pair<const char*, Names> cases[] = {{"infonce", {"info_nce"}},
                                                 {"InfoNCE", {"info_nce"}},
                                                 {"info_nec", {"info_nce"}},
                                                 {"NT-Xent", {"nt_xent"}},
                                                 {"supcon", {"sup_con"}},
                                                 {"vigreg", {"vicreg"}},
                                                 {"simclr", {}},
                                                 {"", {}},
                                                 {"contrastive", {"simple_contrastive", "spectral_contrastive"}}};
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(nearest(one.first, losses) == one.second);
  }
  CHECK(nearest("--batch-size", {"--batch", "--seed"}) == Names{"--batch"});
  CHECK(nearest("temprature", {"temperature", "temperature"}) == Names{"temperature"});
  CHECK(nearest("x", {"t", "c", "s"}).empty());  // all letters differ
  CHECK(nearest(std::string(100000, 'x'), {"x"}).empty());
}

TEST_CASE("a name that is not there is answered by the nearest, and by all") {
  const Names names{"mlp", "resnet18", "resnet34", "resnet50"};
  CHECK(did_you_mean("resnet18s", names) == "did you mean resnet18?");
  CHECK(did_you_mean("resnet", names) == "did you mean resnet18, resnet34 or resnet50?");
  CHECK(did_you_mean("vgg", names).empty());
  CHECK(offer("vgg", names) == "there are mlp, resnet18, resnet34, resnet50");
  CHECK(offer("mpl", {"mlp", "conv4"}) == "did you mean mlp? There are mlp, conv4");
  CHECK(offer("vgg", {"mlp"}) == "there is only mlp");
}
