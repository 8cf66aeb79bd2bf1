// The exercises of lesson 7.
#include <cstdio>

#include "nce/losses/theory/states.h"

using namespace nce;

namespace {

void print(const char* name, const losses::StateMatrix& m) {
  for (int i = 0; i < m.states; ++i) {
    std::printf("%-16s", i == 0 ? name : "");
    for (int j = 0; j < m.states; ++j) std::printf(" %7.4f", m(i, j));
    std::printf("\n");
  }
}

}  // namespace

int main() {
  const std::vector<double> source = {0.25, 0.25, 0.25, 0.25};

  // 1. An augmentation that changes nothing, and one that forgets all.
  print("identity", losses::joint_of({0.5, 0.5}, {2, {1, 0, 0, 1}}).ratio());
  print("forgets all", losses::joint_of({0.5, 0.5}, {2, {0.5, 0.5, 0.5, 0.5}}).ratio());

  // 2. Two groups: views often change from 0 to 1 and back, and from 2 to 3 and back, but seldom leave their group.
  print("two groups", losses::joint_of(source, {4,
                                                {0.50, 0.40, 0.05, 0.05,  //
                                                 0.40, 0.50, 0.05, 0.05,  //
                                                 0.05, 0.05, 0.50, 0.40,  //
                                                 0.05, 0.05, 0.40, 0.50}})
                          .ratio());
}
