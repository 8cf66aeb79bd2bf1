#pragma once
#include <array>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "nce/core/row_gradient.h"
#include "nce/core/tensor.h"

namespace nce {

/// While such an object exists, operations of this thread are not recorded. Scopes can be nested.
class NoGrad {
 public:
  [[nodiscard]] NoGrad() : before_(std::exchange(recording_, false)) {}
  ~NoGrad() { recording_ = before_; }
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;
  static bool recording() { return recording_; }

 private:
  bool before_;
  static constinit thread_local bool recording_;  // constinit: read directly, without a call that initialises it
};

/// Optimisers tell the engine which leaves they move, and when a step on this thread is done. So a backward pass can find a
/// leaf that was forgotten: no optimiser moves it, nothing clears its gradient, and it grows from step to step. An error.
void set_optimised(const Tensor& leaf);
void count_optimiser_step();

/// What a derivative returns: a tensor; or some of its rows, if all others are 0.
struct Gradient {
  Gradient() = default;
  Gradient(Tensor tensor) : dense(std::move(tensor)) {}          // NOLINT: implicit on purpose
  Gradient(RowGradient gradient) : rows(std::move(gradient)) {}  // NOLINT
  Tensor dense;
  RowGradient rows;
};

/// A vector-Jacobian product: takes the gradient by an operation's output, returns the gradient by one input.
using Vjp = std::function<Gradient(const Tensor& grad)>;

/// For an input without a derivative (the operands of a comparison). If a backward pass reaches it, that is an error: a
/// gradient is never lost silently.
struct NoGradient {};
inline constexpr NoGradient no_gradient;

namespace detail {
/// How a tensor was made. Nodes are numbered in the order in which they are made. So a node has a higher number than
/// all nodes that it was made from (a topological order).
struct Node {
  struct Edge {
    std::shared_ptr<Node> node;        // the operation that made this input, or
    std::shared_ptr<TensorImpl> leaf;  // the input itself, if it is a leaf; neither if it needs no gradient
    std::weak_ptr<Storage> storage;    // to see whether the value was changed later; does not keep it alive
    uint32_t version = 0;
    Shape shape;
    DType dtype = DType::f32;
    Vjp vjp;
    bool wanted() const { return node || leaf; }
  };
  const char* name = "";
  uint64_t id = 0;
  std::vector<Edge> edges;
  std::function<std::vector<Tensor>(const Tensor& grad, const std::vector<bool>& needed)> joint;
  Tensor pending;  // during a backward pass: the gradient so far
  bool freed = false;
  ~Node();
};

bool wants_node(const Tensor* inputs, size_t count);
Tensor attach(const char* name, const Tensor& out, const Tensor* inputs, size_t count,
              const std::function<Vjp(size_t)>& vjp_of);
Tensor attach_joint(const char* name, const Tensor& out, const Tensor* inputs, size_t count,
                    std::function<std::vector<Tensor>(const Tensor&, const std::vector<bool>&)> joint);
inline Vjp as_vjp(NoGradient) { return nullptr; }
template <class F>
Vjp as_vjp(F&& f) {
  return Vjp(std::forward<F>(f));
}
}  // namespace detail

/// Returns `out` as the result of operation `name` on `inputs`. Each input has one derivative: a lambda
/// `Tensor(const Tensor& grad)` (or `RowGradient`), or `no_gradient`. Their number is checked at compile time. Lambdas
/// may capture `out` (as passed in) and any input; they run unrecorded. If an input needs no gradient, its lambda is
/// dropped at once, with its captures. An undefined input (an absent bias) is allowed, and gets no gradient.
template <size_t N, class... Vjps>
Tensor record(const char* name, const Tensor& out, const Tensor (&inputs)[N], Vjps&&... vjps) {
  static_assert(sizeof...(Vjps) == N, "record: one derivative for each input; say no_gradient where there is none");
  if (!detail::wants_node(inputs, N)) return out;
  std::array<Vjp, N> all{detail::as_vjp(std::forward<Vjps>(vjps))...};
  return detail::attach(name, out, inputs, N, [&](size_t i) { return std::move(all[i]); });
}

/// The same for a list of inputs of any length. `vjp(i, grad)` is the derivative by input i.
template <class F>
Tensor record_list(const char* name, const Tensor& out, const std::vector<Tensor>& inputs, F vjp) {
  if (!detail::wants_node(inputs.data(), inputs.size())) return out;
  return detail::attach(name, out, inputs.data(), inputs.size(),
                        [&](size_t i) -> Vjp { return [vjp, i](const Tensor& grad) { return vjp(i, grad); }; });
}

/// The same for a fused operation whose derivatives share work: `joint(grad, needed)` returns all N of them. Those
/// with needed[i] false may stay undefined.
template <size_t N, class F>
Tensor record_joint(const char* name, const Tensor& out, const Tensor (&inputs)[N], F joint) {
  if (!detail::wants_node(inputs, N)) return out;
  return detail::attach_joint(name, out, inputs, N,
                              [joint = std::move(joint)](const Tensor& grad, const std::vector<bool>& needed) {
                                std::array<bool, N> flags{};
                                for (size_t i = 0; i < N; ++i) flags[i] = needed[i];
                                std::array<Tensor, N> grads = joint(grad, flags);
                                return std::vector<Tensor>(grads.begin(), grads.end());
                              });
}

}  // namespace nce
