#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace nce {

/// The number of threads for all parallel work. Default: the CPUs that this process may use. Results do not depend
/// on it. An error below 1. The plain back end (core/backend/) has one thread, whatever is set.
void set_num_threads(int threads);
int num_threads();

/// Restores the number of threads at the end of its scope.
struct RestoreThreads {
  const int before = num_threads();
  ~RestoreThreads() { set_num_threads(before); }
};

namespace detail {
/// A reference to a callable `void(int64_t)`, valid for the duration of the call it is passed to.
class ChunkFunction {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, ChunkFunction>)
      ChunkFunction(F&& f)  // NOLINT: implicit on purpose
      : object_(const_cast<void*>(static_cast<const void*>(&f))),
        call_([](void* object, int64_t chunk) { (*static_cast<std::remove_reference_t<F>*>(object))(chunk); }) {}
  void operator()(int64_t chunk) const { call_(object_, chunk); }

 private:
  void* object_;
  void (*call_)(void*, int64_t);
};
void run_chunks(int64_t chunks, ChunkFunction body);
inline int64_t chunk_count(int64_t n, int64_t grain) { return grain < 1 ? n : (n + grain - 1) / grain; }
}  // namespace detail

/// Calls `body(begin, end)` in parallel for consecutive pieces of [0, n). Each is `grain` long; the last may be
/// shorter. The pieces depend on n and grain alone, so results have the same bits on 1 or 16 threads. May be
/// nested. Rethrows an exception of a piece.
template <class Body>
void parallel_for(int64_t n, int64_t grain, Body&& body) {
  if (grain < 1) grain = 1;
  const int64_t chunks = detail::chunk_count(n, grain);
  if (chunks <= 0) return;
  if (chunks == 1) return body(int64_t{0}, n);
  detail::run_chunks(chunks, [&](int64_t c) {
    const int64_t begin = c * grain, end = begin + grain < n ? begin + grain : n;
    body(begin, end);
  });
}

/// Combines `map(begin, end)` over the same pieces, in their order: the same bits for any number of threads.
template <class T, class Map, class Combine>
T parallel_reduce(int64_t n, int64_t grain, T init, Map&& map, Combine&& combine) {
  if (grain < 1) grain = 1;
  std::vector<T> parts(static_cast<size_t>(detail::chunk_count(n, grain)), init);
  parallel_for(n, grain, [&](int64_t begin, int64_t end) { parts[size_t(begin / grain)] = map(begin, end); });
  for (T& part : parts) init = combine(std::move(init), std::move(part));
  return init;
}

}  // namespace nce
