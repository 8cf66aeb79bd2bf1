#include "nce/core/autograd.h"

#include <algorithm>
#include <atomic>
#include <unordered_set>

#include "nce/core/error.h"
#include "nce/core/kernels/copy.h"
#include "nce/core/ops.h"

namespace nce {

constinit thread_local bool NoGrad::recording_ = true;

// ---- recording

namespace detail {
namespace {

std::atomic<uint64_t> next_id{1};

// Makes a new handle for the output. Otherwise a derivative that captured `out` would own the node that owns the derivative.
Tensor with_node(const Tensor& out, std::shared_ptr<Node> node) {
  const TensorImpl& x = *out.impl();
  Tensor result = make_view(out, x.shape, x.strides, x.offset);
  result.impl()->requires_grad = true;
  result.impl()->node = std::move(node);
  return result;
}

std::shared_ptr<Node> make_node(const char* name, const Tensor* inputs, size_t count) {
  auto node = std::make_shared<Node>();
  node->name = name;
  node->id = next_id.fetch_add(1, std::memory_order_relaxed);
  node->edges.resize(count);
  for (size_t i = 0; i < count; ++i) {
    if (!inputs[i].defined()) continue;
    const TensorImpl& input = *inputs[i].impl();
    Node::Edge& edge = node->edges[i];
    edge.storage = input.storage;
    edge.version = input.storage->version.load(std::memory_order_relaxed);
    edge.shape = input.shape;
    edge.dtype = input.dtype;
    if (!input.requires_grad) continue;
    if (input.node)
      edge.node = input.node;
    else
      edge.leaf = inputs[i].shared_impl();
  }
  return node;
}

}  // namespace

bool wants_node(const Tensor* inputs, size_t count) {
  return NoGrad::recording() &&
         std::any_of(inputs, inputs + count, [](const Tensor& x) { return x.defined() && x.requires_grad(); });
}

Tensor attach(const char* name, const Tensor& out, const Tensor* inputs, size_t count,
              const std::function<Vjp(size_t)>& vjp_of) {
  auto node = make_node(name, inputs, count);
  for (size_t i = 0; i < count; ++i)
    if (node->edges[i].wanted()) node->edges[i].vjp = vjp_of(i);
  return with_node(out, std::move(node));
}

Tensor attach_joint(const char* name, const Tensor& out, const Tensor* inputs, size_t count,
                    std::function<std::vector<Tensor>(const Tensor&, const std::vector<bool>&)> joint) {
  auto node = make_node(name, inputs, count);
  node->joint = std::move(joint);
  return with_node(out, std::move(node));
}

}  // namespace detail

// ---- freeing

using detail::Node;
using detail::TensorImpl;

namespace {

// A chain of a million nodes must not cause a million nested destructors. So each destructor puts what it owns on a
// list, and the outermost destructor frees the list in a loop.
void release(std::shared_ptr<Node> node) {
  thread_local std::vector<std::shared_ptr<Node>>* waiting = nullptr;
  if (node.use_count() > 1) return;
  if (waiting) {
    waiting->push_back(std::move(node));
    return;
  }
  std::vector<std::shared_ptr<Node>> list;
  waiting = &list;
  list.push_back(std::move(node));
  while (!list.empty()) {
    std::shared_ptr<Node> last = std::move(list.back());
    list.pop_back();
    last.reset();
  }
  waiting = nullptr;
}

}  // namespace

Node::~Node() {
  for (Edge& edge : edges)
    if (edge.node) release(std::move(edge.node));
}

TensorImpl::~TensorImpl() {
  if (node) release(std::move(node));
}

// ---- the backward pass

namespace {

// All nodes that `root` was made from and that need a gradient, newest first: each node comes before its inputs.
std::vector<std::shared_ptr<Node>> reachable(const std::shared_ptr<Node>& root) {
  std::vector<std::shared_ptr<Node>> found{root};
  std::unordered_set<const Node*> seen{root.get()};
  for (size_t i = 0; i < found.size(); ++i) {
    const Node& node = *found[i];  // nodes do not move when `found` grows
    for (const Node::Edge& edge : node.edges)
      if (edge.node && seen.insert(edge.node.get()).second) found.push_back(edge.node);
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a->id > b->id; });
  return found;
}

void check_usable(const Node& node) {
  check(
      !node.freed,
      "backward: the graph was already freed by an earlier backward pass (at {}); pass retain_graph = true to the "
      "first one to walk it twice",
      node.name);
  for (size_t i = 0; i < node.edges.size(); ++i) {
    const auto storage = node.edges[i].storage.lock();
    check(!storage || storage->version.load(std::memory_order_relaxed) == node.edges[i].version,
          "backward: input {} of {}, of shape {}, was changed in place after the forward pass used it", i,
          node.name, node.edges[i].shape);
  }
}

// Adds in place only if nothing else can see `sum`.
void accumulate(Tensor& sum, Tensor term) {
  if (!sum.defined()) {
    sum = std::move(term);
    return;
  }
  const bool sole_owner = sum.use_count() == 1 && sum.impl()->storage.use_count() == 1 && sum.is_contiguous();
  if (!sole_owner) {
    sum = add(sum, term);
    return;
  }
  term = term.contiguous();
  dispatch(sum.dtype(), [&]<class T>(T) { kernels::add_into(sum.mutable_data<T>(), term.data<T>(), sum.numel()); });
}

constinit thread_local uint64_t optimiser_steps = 0;

// Users scale and clip the gradient of a leaf. So it shares memory with nothing. It is dense, unless all its parts are rows.
void accumulate_leaf(TensorImpl& leaf, Gradient part) {
  if (!leaf.grad.defined() && !leaf.row_grad) leaf.grad_since = optimiser_steps;
  check(
      leaf.optimised || leaf.grad_since == optimiser_steps,
      "a leaf of shape {} still has its gradient from before the optimizer's last step, so no optimizer moves it. Is "
      "it a parameter that fields() does not name, or whose module the optimizer was not given? If it is meant to "
      "stay, freeze() its module or set_requires_grad(false); if you move it yourself, zero_grad() it each step",
      leaf.shape);
  const bool by_rows = !part.dense.defined();
  if (by_rows && !leaf.grad.defined()) {
    if (leaf.row_grad) part.rows = add(*leaf.row_grad, part.rows);
    leaf.row_grad = std::make_shared<const RowGradient>(std::move(part.rows));
    return;
  }
  Tensor term = by_rows ? to_dense(part.rows, leaf.shape) : std::move(part.dense);
  if (leaf.row_grad) leaf.grad = to_dense(*std::exchange(leaf.row_grad, nullptr), leaf.shape);
  if (leaf.grad.defined()) return accumulate(leaf.grad, std::move(term));
  const bool sole_owner = term.use_count() == 1 && term.impl()->storage.use_count() == 1;
  leaf.grad = sole_owner ? term.contiguous() : term.clone();
}

// The derivative by input i, checked.
Gradient checked(Gradient part, const Node::Edge& edge, size_t i) {
  Tensor& values = part.dense.defined() ? part.dense : part.rows.values;
  check(values.defined(), "no derivative was returned for input {}", i);
  Shape shape = edge.shape;
  if (!part.dense.defined()) shape[0] = int64_t(part.rows.rows.size());
  check(values.shape() == shape, "the derivative by input {} has shape {}, the input has {}", i, values.shape(),
        edge.shape);
  check(values.dtype() == edge.dtype, "the derivative by input {} is {}, the input is {}", i,
        to_string(values.dtype()), to_string(edge.dtype));
  return part;
}

void run(Node& node) {
  const Tensor grad = std::move(node.pending);
  node.pending = Tensor();
  if (!grad.defined()) return;
  std::vector<Tensor> grads(node.edges.size());
  if (node.joint) {
    std::vector<bool> needed;
    for (const Node::Edge& edge : node.edges) needed.push_back(edge.wanted());
    grads = node.joint(grad, needed);
  }
  for (size_t i = 0; i < node.edges.size(); ++i) {
    Node::Edge& edge = node.edges[i];
    if (!edge.wanted()) continue;
    check(node.joint || edge.vjp, "{} has no derivative by its input {}; detach() that input if none is meant",
          node.name, i);
    Gradient part = checked(node.joint ? std::move(grads[i]) : edge.vjp(grad), edge, i);
    if (edge.leaf)
      accumulate_leaf(*edge.leaf, std::move(part));
    else
      accumulate(edge.node->pending,
                 part.dense.defined() ? std::move(part.dense) : to_dense(part.rows, edge.shape));
  }
}

}  // namespace

void set_optimised(const Tensor& leaf) { leaf.impl()->optimised = true; }
void count_optimiser_step() { ++optimiser_steps; }

void Tensor::backward(bool retain_graph) const {
  check(numel() == 1, "backward: a scalar is needed, got shape {}; sum it, or pass the gradient by it", shape());
  backward(ones(shape(), dtype()), retain_graph);
}

void Tensor::backward(const Tensor& gradient, bool retain_graph) const {
  check(requires_grad(), "backward: no leaf below this tensor has requires_grad set (or it was made under NoGrad)");
  check(gradient.shape() == shape(), "backward: the gradient has shape {}, the tensor {}", gradient.shape(),
        shape());
  check(gradient.dtype() == dtype(), "backward: the gradient is {}, the tensor {}", to_string(gradient.dtype()),
        to_string(dtype()));
  NoGrad no_grad;
  if (is_leaf()) {
    accumulate_leaf(*impl_, gradient);
    return;
  }
  auto nodes = reachable(impl_->node);
  for (const auto& node : nodes) check_usable(*node);
  nodes.front()->pending = gradient;
  for (auto& node : nodes) {
    try {
      run(*node);
    } catch (const std::exception& error) {
      for (const auto& other : nodes)
        if (other) other->pending = Tensor();
      fail("in backward of {}: {}", node->name, error.what());
    }
    if (!retain_graph) {
      node->freed = true;
      node->joint = nullptr;
      for (Node::Edge& edge : node->edges) edge.vjp = nullptr;
      node.reset();
    }
  }
}

}  // namespace nce
