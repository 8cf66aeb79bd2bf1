#include <algorithm>
#include <vector>

#include "nce/core/memory.h"
#include "nce/core/ops/frame.h"
#include "nce/core/parallel.h"

namespace nce::detail {

// dw[o][k] = sum over pixels of grad[o] patch[k]. Images are cut into fixed parts, and the sums of the parts are added
// in order. If there are few parts and many weights, the work on each part is also cut along k.
template <class T>
void conv_by_weight(const Convolution& g, const T* grad, const T* x, T* dw) {
  const Frame f = input_frame(g);
  const int64_t depth = g.patch(), groups = g.options.groups;
  const kernels::Products<T>& products = kernels::products<T>();
  const int64_t lanes = products.vector_length, width = (g.group_out() + lanes - 1) / lanes * lanes;
  const bool copies = groups > 1 || width != g.o;  // the kernel reads rows of whole vectors
  const int64_t images = group_size(f, g.n, g.pixels(), sizeof(T));
  std::vector<int64_t> at = patch_starts(g, f);
  for (int64_t i = 1; i < images; ++i)
    for (int64_t k = 0; k < g.pixels(); ++k) at.push_back(at[size_t(k)] + i * f.size());
  std::vector<int64_t> taps;
  for (const kernels::Run& run : patch_runs(g, f, 0))
    for (int64_t k = 0; k < run.length; ++k) taps.push_back(run.offset + k);

  const int64_t size = groups * depth * width, room = (int64_t{32} << 20) / int64_t(sizeof(T));
  const int64_t most = std::clamp<int64_t>(room / std::max<int64_t>(size, 1), 1, 16);
  const int64_t run = std::max<int64_t>((g.n + most - 1) / most, images), parts = (g.n + run - 1) / run;
  const int64_t cuts = std::clamp<int64_t>(16 / parts, 1, (depth + 55) / 56), cut = (depth + cuts - 1) / cuts;
  const MemoryBlock partial(size_t(parts * size) * sizeof(T));
  T* sums = partial.as<T>();
  ScratchMemory frames(parts * cuts, f.is_image() ? 0 : size_t(images * f.size()) * sizeof(T));
  ScratchMemory copied(parts * cuts, copies ? size_t(images * g.pixels() * width) * sizeof(T) : 0);
  parallel_for(parts * cuts, 1, [&](int64_t job, int64_t) {
    const int64_t part = job / cuts, first = job % cuts * cut, rows = std::min(cut, depth - first);
    if (rows <= 0) return;
    const ScratchMemory::Part frame(frames), gradients(copied);
    for (int64_t n = part * run, end = std::min(n + run, g.n); n < end; n += images) {
      const int64_t count = std::min(images, end - n), pixels = count * g.pixels();
      const T* source = framed(f, x + n * f.image_size(), count, frame.template as<T>());
      for (int64_t group = 0; group < groups; ++group) {
        const T* from = grad + n * g.pixels() * g.o + group * g.group_out();
        if (copies) {
          T* to = gradients.template as<T>();
          for (int64_t i = 0; i < pixels; ++i) {
            std::copy_n(from + i * g.o, g.group_out(), to + i * width);
            std::fill_n(to + i * width + g.group_out(), width - g.group_out(), T(0));
          }
          from = to;
        }
        products.outer(source + group * g.group_in(), at.data(), pixels, taps.data() + first, rows,
                       kernels::Columns<T>{from, width, products.panel_width()}, width, n > part * run,
                       sums + part * size + (group * depth + first) * width);
      }
    }
  });
  parallel_for(groups * depth, std::max<int64_t>(1, (1 << 14) / width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      for (int64_t o = 0; o < g.group_out(); ++o) {
        T total = 0;
        for (int64_t part = 0; part < parts; ++part) total += sums[part * size + row * width + o];
        dw[(row / depth * g.group_out() + o) * depth + row % depth] = total;
      }
  });
}

template void conv_by_weight(const Convolution&, const float*, const float*, float*);
template void conv_by_weight(const Convolution&, const double*, const double*, double*);

}  // namespace nce::detail
