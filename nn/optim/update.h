#pragma once
#include <utility>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/nn/optim/pieces.h"

/// The loop of all optimisers, for their .cpp files.
namespace nce::nn {

inline Pieces pieces_of(const auto& jobs) {
  std::vector<int64_t> sizes;
  for (const auto& job : jobs) sizes.push_back(job.weight.numel());
  return Pieces(sizes);
}

/// Goes once over all elements of all jobs: calls body(job, n, w, grad, state1, state2) for runs of n elements, in
/// parallel. A state that the optimiser does not have is null.
inline void each_run(auto& jobs, auto body) {
  struct Pointers {
    void* weight;
    const void* grad;
    void* state[2];
  };
  std::vector<Pointers> pointers;
  for (auto& job : jobs)
    dispatch(job.weight.dtype(), [&]<class T>(T) {
      Pointers p{job.weight.template mutable_data<T>(), std::as_const(job.grad).template data<T>(), {}};
      for (size_t i = 0; i < job.state.size(); ++i) p.state[i] = job.state[i].template mutable_data<T>();
      pointers.push_back(p);
    });
  pieces_of(jobs).run([&](const Piece& piece) {
    const auto& job = jobs[piece.tensor];
    const Pointers& p = pointers[piece.tensor];
    dispatch(job.weight.dtype(), [&]<class T>(T) {
      const auto state = [&](size_t i) { return p.state[i] ? static_cast<T*>(p.state[i]) + piece.begin : nullptr; };
      body(job, piece.end - piece.begin, static_cast<T*>(p.weight) + piece.begin,
           static_cast<const T*>(p.grad) + piece.begin, state(0), state(1));
    });
  });
}

}  // namespace nce::nn
