#include "nce/nn/gradient_cache.h"

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"

namespace nce::nn {

Tensor backward_in_parts(Module& model, int64_t parts, const std::function<Tensor(int64_t part)>& embed,
                         const std::function<Tensor(const Tensor& z)>& loss) {
  check(parts >= 1, "backward_in_parts: at least 1 part is needed, got {}", parts);
  const NamedTensors buffers = model.named_buffers();
  std::vector<Tensor> before, values;
  for (const auto& [name, buffer] : buffers) before.push_back(buffer->detach().clone());
  const auto put_back = [&] {
    for (size_t i = 0; i < buffers.size(); ++i) *buffers[i].second = before[i].clone();
  };
  try {
    {
      const NoGrad no_grad;
      for (int64_t i = 0; i < parts; ++i) values.push_back(embed(i));
    }
    put_back();
    Tensor z = concatenate(values);
    z.set_requires_grad(true);
    const Tensor value = loss(z);
    value.backward();
    check(z.grad().defined(), "backward_in_parts: the loss does not depend on the embeddings");
    int64_t row = 0;
    for (int64_t i = 0; i < parts; ++i) {
      const Tensor again = embed(i);
      check(again.shape() == values[size_t(i)].shape(),
            "backward_in_parts: part {} has the shape {} the first time, and {} the second", i,
            values[size_t(i)].shape(), again.shape());
      again.backward(slice(z.grad(), 0, row, row + again.size(0)));
      row += again.size(0);
    }
    return value.detach();
  } catch (...) {
    put_back();
    throw;
  }
}

}  // namespace nce::nn
