"""What the cases of ops.py are made by: inputs, and an operation of PyTorch with its gradients."""
import math

import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
INF = math.inf
cases = []


def rand(*shape, low=-2.0, high=2.0):
    return torch.randint(int(low * 64), int(high * 64) + 1, shape) / 64.0


def positive(*shape):
    return rand(*shape, low=0.25, high=3)


def vector(*values):
    return torch.tensor(values, dtype=torch.float64)


class Input:
    """A tensor that the operation sees through a view, or (constant) does not differentiate."""

    def __init__(self, tensor, view=None, constant=False):
        self.tensor, self.view, self.constant = tensor, view, constant

    def seen(self, x):
        if self.view is None:
            return x
        kind, *args = self.view
        if kind == "t":
            return x.transpose(-1, -2)
        if kind == "permute":
            return x.permute(args)
        if kind == "expand":
            return x.expand(args)
        assert kind == "slice"
        dim, begin, end, step = args
        return x[(slice(None),) * dim + (slice(begin, end, step),)]


def number(x):
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    return int(x) if x == int(x) and abs(x) < 1e15 else float(f"{x:.13g}")


def numbers(tensor):
    return [number(x) for x in tensor.flatten().tolist()]


def case(op, function, *inputs, each=False, zero_nan_gradients=False, after=None, **options):
    """Adds one case; `each`: every element must agree by itself, not only beside the largest."""
    inputs = [x if isinstance(x, Input) else Input(x) for x in inputs]
    leaves = [x.tensor.clone().requires_grad_(not x.constant) for x in inputs]
    out = function(*[x.seen(leaf) for x, leaf in zip(inputs, leaves)])
    weights = torch.tensor([((37 * i) % 101 - 50) / 32 for i in range(out.numel())]).view(out.shape)
    entry = {"op": op, "options": options, "inputs": []}
    if out.requires_grad:
        out.backward(weights)
    for x, leaf in zip(inputs, leaves):
        part = {"shape": list(leaf.shape), "values": numbers(leaf.detach())}
        if x.view:
            part["view"] = x.view
        if leaf.grad is not None:
            part["grad"] = numbers(leaf.grad.nan_to_num(0) if zero_nan_gradients else leaf.grad)
        entry["inputs"].append(part)
    entry["shape"], entry["value"] = list(out.shape), numbers(out.detach())
    if each:
        entry["each"] = True
    if after:
        entry["after"] = {name: numbers(value) for name, value in after.items()}
    cases.append(entry)
