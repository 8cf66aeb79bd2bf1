"""Golden values and gradients of every operation of core/ops.h, core/sparse.h and core/attention.h, in f64, from PyTorch.

Run `python3 tests/reference/ops.py` (PyTorch needed) to write ops.json beside this file; tests/core/golden.cpp reads it.
Inputs are multiples of 1/64 (unless an edge asks for more), so that f32 holds them exactly. Gradients are those of
sum(w * out), w_i = ((37 i) mod 101 - 50) / 32. Numbers that JSON lacks are the strings "inf", "-inf" and "nan".

Where nce differs from PyTorch on purpose, the expression here says what is meant:
- softplus: PyTorch returns x itself above 20; ours is log(1 + exp(x)) everywhere.
- logsumexp of a row of nothing but -inf: PyTorch's gradient is NaN, ours 0. It is what masking out a whole row needs.
- max, min: equal elements share the gradient, as in torch.amax; torch.max over one dimension picks one of them.
- segments without rows give 0, as PyTorch Geometric's pooling does; a sample without keys attends to nothing, and gets 0.
- masked_softmax of a row that the mask leaves empty: zeros, and so is its gradient; torch.softmax of -inf alone is NaN.
- elu: expm1, where PyTorch's exp(x) - 1 loses the digits of small x.
- binary_cross_entropy_with_logits keeps its digits for large x of either sign; PyTorch's f64 has them up to about 30.
- images are NHWC, and the weight of conv2d is (O, KH, KW, C / groups); batch_norm's channels are the last dimension.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

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


def two_operands():
    column, row = rand(3, 1), rand(4)
    for op, f in [("add", torch.add), ("sub", torch.sub), ("mul", torch.mul), ("maximum", torch.maximum),
                  ("minimum", torch.minimum)]:
        case(op, f, rand(3, 4), rand(3, 4))
        case(op, f, column, row)
        case(op, f, Input(rand(4, 3), ["t"]), Input(rand(2, 3, 8), ["slice", 2, 1, 8, 2]))
        case(op, f, vector(1, 2, 3), vector(1, 3, 2))  # a tie
        case(op, f, Input(vector(math.nan, 1, INF), constant=True), Input(vector(1, math.nan, -1), constant=True))
    case("div", torch.div, rand(3, 4), positive(4))
    case("div", torch.div, Input(rand(2, 4, 3), ["permute", 0, 2, 1]), positive(3, 1))
    case("div", torch.div, vector(1, -1), Input(vector(0, 0), constant=True))
    case("pow", torch.pow, positive(3, 1), rand(4))
    case("pow", torch.pow, vector(0, 0, 0, 2), vector(0, 1, 2, 0))  # 0^0 = 1, and derivatives that are 0
    case("pow", torch.pow, vector(-2, -1.5, -1, 3), Input(vector(3, 2, -1, -2), constant=True))
    case("pow_number", lambda x: x ** 3.0, rand(3, 4), exponent=3)
    case("pow_number", lambda x: x ** -0.5, positive(5), exponent=-0.5)
    case("pow_number", lambda x: x ** 0.0, vector(0, -1, 2), exponent=0)
    case("affine", lambda x: -1.5 * x + 0.25, rand(2, 3), scale=-1.5, shift=0.25)
    case("affine", lambda x: -1.5 * x + 0.25, Input(rand(4), ["expand", 2, 4]), scale=-1.5, shift=0.25)
    case("number_over", lambda x: 2 / x, positive(2, 3), number=2)
    for op, f in [("eq", torch.eq), ("lt", torch.lt), ("le", torch.le), ("gt", torch.gt), ("ge", torch.ge)]:
        case(op, lambda a, b: f(a, b).double(), Input(vector(1, 2, 3, math.nan), constant=True),
             Input(vector(3, 2, 1, math.nan), constant=True))


def one_operand():
    for op, f in [("neg", torch.neg), ("exp", torch.exp), ("square", torch.square), ("abs", torch.abs),
                  ("relu", torch.relu), ("gelu", F.gelu), ("sigmoid", torch.sigmoid), ("tanh", torch.tanh),
                  ("softplus", lambda x: torch.logaddexp(x, torch.zeros(())))]:
        case(op, f, rand(3, 5), each=True)
        case(op, f, Input(rand(4, 6), ["slice", 1, 1, 6, 3]))
    for op, f in [("log", torch.log), ("log1p", torch.log1p), ("sqrt", torch.sqrt), ("rsqrt", torch.rsqrt)]:
        case(op, f, positive(3, 5), each=True)
        case(op, f, Input(positive(3, 5), ["t"]))
    clamp = lambda x: x.clamp(-0.5, 1)
    case("clamp", clamp, rand(3, 5), low=-0.5, high=1)
    # The edges, each element by itself.
    far = vector(-10000, -50, -5, 0, 5, 50, 10000)
    case("clamp", clamp, vector(-0.5, 1, -INF, INF), each=True, low=-0.5, high=1)
    case("abs", torch.abs, vector(0, -2, 3), each=True)
    case("relu", torch.relu, vector(0, -2, 3, INF), each=True)
    case("exp", torch.exp, vector(-INF, -80, 0, 80), each=True)
    case("log", torch.log, vector(1e-30, 1, 1e30), each=True)
    case("log1p", torch.log1p, vector(2.0 ** -40, 2.0 ** -20, 1e6), each=True)
    case("sqrt", torch.sqrt, vector(2.0 ** -60, 4, 2.0 ** 60), each=True)
    case("rsqrt", torch.rsqrt, vector(2.0 ** -40, 4, 2.0 ** 40), each=True)
    case("sigmoid", torch.sigmoid, far, each=True)
    case("tanh", torch.tanh, far)
    case("softplus", lambda x: torch.logaddexp(x, torch.zeros(())), far, each=True)
    case("gelu", F.gelu, vector(-10000, -50, -4, 0, 5, 50, 10000), each=True)


def reductions():
    def var(x, axes, keepdim, correction):
        return torch.var(x, axes, correction=correction, keepdim=keepdim)

    for axes, keepdim in [([0], False), ([1], True), ([-1], False), ([0, 2], False), ([-2, 0], True), ([0, 1], False),
                          ([0, 1, 2], True)]:
        x = rand(2, 3, 4)
        for op, f in [("sum", torch.sum), ("mean", torch.mean), ("max", torch.amax), ("min", torch.amin),
                      ("logsumexp", torch.logsumexp), ("norm", torch.linalg.vector_norm)]:
            run = (lambda x: f(x, dim=axes, keepdim=keepdim)) if op == "norm" else (lambda x: f(x, axes, keepdim))
            case(op, run, x, axes=axes, keepdim=keepdim)
        for correction in (0, 1):
            case("var", lambda x: var(x, axes, keepdim, correction), x, axes=axes, keepdim=keepdim,
                 correction=correction)
    for op, f in [("sum", torch.sum), ("mean", torch.mean), ("max", torch.amax), ("min", torch.amin),
                  ("logsumexp", lambda x: torch.logsumexp(x, [0, 1])), ("norm", torch.linalg.vector_norm)]:
        case(op, f, rand(3, 4))
        case(op, f, Input(rand(4, 6), ["slice", 1, 0, 6, 2]))
    case("var", lambda x: x.var(), Input(rand(3, 4), ["t"]))
    ties = torch.tensor([[1, 3, 3.0], [2, 2, 2], [0, -1, -1]])
    case("max", lambda x: x.amax(1), ties, axes=[1])
    case("min", lambda x: x.amin(1), ties, axes=[1])
    case("max", torch.amax, torch.full((2, 2), 5.0))
    case("max", lambda x: x.amax(0), vector(1, math.nan, 3), axes=[0])
    case("min", lambda x: x.amin(0), vector(math.nan, math.nan, 3), axes=[0])
    rows = torch.tensor([[-INF, -INF, -INF], [-INF, 1, 2], [-1e4, 1e4, 1e4]])
    case("logsumexp", lambda x: x.logsumexp(1), rows, each=True, zero_nan_gradients=True, axes=[1])
    case("logsumexp", lambda x: x.logsumexp(1), torch.tensor([[math.nan, math.nan], [1, math.nan], [INF, 1]]), axes=[1])
    case("norm", lambda x: torch.linalg.vector_norm(x, dim=1), torch.tensor([[0, 0.0], [3, 4]]), axes=[1])
    case("argmax", lambda x: x.argmax(1).double(), Input(torch.tensor([[1, 3, 3.0], [2, 2, 2]]), constant=True), dim=1)
    case("argmax", lambda x: x.argmax(0).double(), Input(rand(3, 4), constant=True), dim=0)


def products():
    matmul = torch.matmul
    case("matmul", matmul, rand(3, 4), rand(4, 5))
    case("matmul", matmul, Input(rand(4, 3), ["t"]), Input(rand(5, 4), ["t"]))
    case("matmul", matmul, Input(rand(3, 8), ["slice", 1, 0, 8, 2]), Input(rand(6, 5), ["slice", 0, 1, 5, 1]))
    case("matmul", matmul, rand(2, 3, 4), rand(2, 4, 5))
    case("matmul", matmul, rand(2, 3, 4), rand(4, 5))
    case("matmul", matmul, rand(3, 4), rand(2, 4, 2))
    case("matmul", matmul, rand(2, 1, 2, 3), rand(3, 3, 2))
    case("matmul", matmul, Input(rand(2, 4, 3), ["t"]), Input(rand(4, 2, 5), ["permute", 1, 0, 2]))
    case("matmul", matmul, rand(1, 4), rand(4, 1))
    case("matmul", matmul, Input(rand(3, 1), ["expand", 3, 4]), rand(4, 2))
    case("linear", F.linear, rand(2, 3, 4), rand(5, 4), rand(5))
    case("linear", F.linear, rand(3, 4), rand(2, 4))
    case("linear", F.linear, rand(4), rand(2, 4), rand(2))


def views():
    case("reshape", lambda x: x.reshape(2, -1), Input(rand(4, 3), ["t"]), shape=[2, -1])
    case("reshape", lambda x: x.reshape(3, 2, 2), rand(2, 6), shape=[3, 2, 2])
    case("permute", lambda x: x.permute(2, 0, 1), rand(2, 3, 4), order=[2, 0, 1])
    case("permute", lambda x: x.permute(0, -1, 1), rand(2, 3, 4), order=[0, -1, 1])
    case("transpose", lambda x: x.transpose(0, -1), rand(2, 3, 4), dims=[0, -1])
    case("t", lambda x: x.transpose(-1, -2), rand(2, 3, 4))
    case("slice", lambda x: x[:, 1:3], rand(3, 4), dim=1, begin=1, end=3, step=1)
    case("slice", lambda x: x[..., 0:5:2], rand(2, 5), dim=-1, begin=0, end=5, step=2)
    case("slice", lambda x: x[-3:-1], Input(rand(3, 4), ["t"]), dim=0, begin=-3, end=-1, step=1)
    case("select", lambda x: x.select(1, -1), rand(2, 3, 4), dim=1, index=-1)
    case("squeeze", lambda x: x.squeeze(-2), rand(3, 1, 2), dim=-2)
    case("unsqueeze", lambda x: x.unsqueeze(-1), rand(3, 2), dim=-1)
    case("broadcast_to", lambda x: x.expand(2, 3, 4), rand(3, 1), shape=[2, 3, 4])
    case("sum_to", lambda x: x.sum_to_size(3, 1), rand(2, 3, 4), shape=[3, 1])
    case("diagonal", lambda x: x.diagonal(0, 0, 1), rand(3, 4), dims=[0, 1])
    case("diagonal", lambda x: x.diagonal(0, -1, 0), rand(2, 3, 4), dims=[-1, 0])


def selection():
    case("flip", lambda x: x.flip(0, -1), rand(2, 3, 4), dims=[0, -1])
    case("concatenate", lambda *x: torch.cat(x, 1), rand(3, 2), Input(rand(4, 3), ["t"]), rand(3, 1), dim=1)
    case("concatenate", lambda *x: torch.cat(x, -3), rand(1, 2, 2), rand(2, 2, 2), dim=-3)
    case("stack", lambda *x: torch.stack(x, 1), rand(3, 2), Input(rand(2, 3), ["t"]), dim=1)
    case("stack", lambda *x: torch.stack(x, -1), rand(3, 2), rand(3, 2), dim=-1)
    index = [2, 0, 2, 1]
    case("index_select", lambda x: x.index_select(0, torch.tensor(index)), rand(3, 4), dim=0, index=index)
    case("index_select", lambda x: x.index_select(-2, torch.tensor(index)), rand(2, 3, 2), dim=-2, index=index)
    picks = torch.tensor([[0, 2], [1, 1], [3, 0]])
    case("gather", lambda x: x.gather(1, picks), rand(3, 4), dim=1, index=picks.flatten().tolist(), shape=[3, 2])
    picks0 = torch.tensor([[[1, 0, 1]], [[0, 0, 1]], [[1, 1, 1]]])
    case("gather", lambda x: x.gather(0, picks0), rand(2, 2, 3)[:, :1].repeat(1, 2, 1), dim=0,
         index=picks0.flatten().tolist(), shape=[3, 1, 3])
    mask = Input(vector(1, 0, 0, 1), constant=True)
    case("where", lambda m, a, b: torch.where(m != 0, a, b), mask, rand(3, 4), rand(3, 1))
    case("where", lambda m, a, b: torch.where(m != 0, a, b), mask, vector(1, INF, math.nan, 2), vector(INF, 3, 4, INF))
    case("masked_fill", lambda x, m: x.masked_fill(m != 0, -1.5), rand(3, 4), mask, value=-1.5)
    case("masked_fill", lambda x, m: x.masked_fill(m != 0, -INF), Input(rand(4, 3), ["t"]), mask, value="-inf")


def rows():
    wide = torch.tensor([[1e4, -1e4, 0], [1e4, 1e4, 1e4 - 1], [-1e4, -1e4 + 2, -1e4]])
    for op, f in [("softmax", F.softmax), ("log_softmax", F.log_softmax)]:
        for dim in (1, -1):
            case(op, lambda x: f(x, dim), rand(2, 3, 4), dim=dim)
        case(op, lambda x: f(x, -1), wide, dim=-1)
        case(op, lambda x: f(x, 0), Input(rand(3, 4), ["t"]), dim=0)
    case("softmax", lambda x: F.softmax(x, -1), torch.tensor([[-INF, 1, 2], [0, -INF, -INF]]), dim=-1)
    normalize = F.normalize
    case("normalize", lambda x: normalize(x, dim=-1), rand(3, 4), dim=-1, eps=1e-12)
    case("normalize", lambda x: normalize(x, dim=1), rand(2, 3, 4), dim=1, eps=1e-12)
    case("normalize", lambda x: normalize(x, dim=-1, eps=0.5), torch.tensor([[0, 0.0], [0.25, 0], [3, 4]]), dim=-1,
         eps=0.5)
    labels = [1, 3, 0]
    for smoothing in (0, 0.25, 1):
        case("cross_entropy",
             lambda x: F.cross_entropy(x, torch.tensor(labels), label_smoothing=float(smoothing)), rand(3, 4),
             labels=labels, label_smoothing=smoothing)
    case("cross_entropy", lambda x: F.cross_entropy(x, torch.tensor([0, 1, 1])), wide, labels=[0, 1, 1],
         label_smoothing=0)


def normalisation():
    def batch_norm(x, w, b, mean, var, training, momentum=0.1, eps=1e-5):
        order = [0, x.dim() - 1, *range(1, x.dim() - 1)]
        back = [0, *range(2, x.dim()), 1]
        return F.batch_norm(x.permute(order), mean, var, w, b, training, momentum, eps).permute(back)

    for shape in [(6, 3), (2, 3, 2, 3)]:
        mean, var = rand(3), positive(3)
        before = {"running_mean": mean.tolist(), "running_var": var.tolist()}
        for training, momentum, eps in [(True, 0.1, 1e-5), (True, 0.5, 0.125), (False, 0.1, 1e-5)]:
            m, v, x = mean.clone(), var.clone(), rand(*shape, low=-1, high=5)
            options = dict(before, training=training, momentum=momentum, eps=eps)
            case("batch_norm", lambda x, w, b: batch_norm(x, w, b, m, v, training, momentum, eps), x, rand(3), rand(3),
                 after={"running_mean": m, "running_var": v}, **options)
        m, v = mean.clone(), var.clone()
        case("batch_norm", lambda x: batch_norm(x, None, None, m, v, True), rand(*shape),
             after={"running_mean": m, "running_var": v}, training=True, momentum=0.1, eps=1e-5, **before)
    case("layer_norm", lambda x, w, b: F.layer_norm(x, [4], w, b), rand(2, 3, 4), rand(4), rand(4), eps=1e-5)
    case("layer_norm", lambda x: F.layer_norm(x, [4], eps=0.125), Input(rand(4, 3), ["t"]), eps=0.125)


def images():
    def conv2d(x, w, b=None, **options):
        nchw = lambda y: y.permute(0, 3, 1, 2)
        return F.conv2d(nchw(x), nchw(w), b, **options).permute(0, 2, 3, 1)

    for (h, w), (o, kh, kw), bias, stride, padding, dilation, groups in [
            ((5, 4), (2, 3, 3), True, (1, 1), (0, 0), (1, 1), 1),
            ((5, 4), (2, 3, 3), False, (1, 1), (1, 1), (1, 1), 1),
            ((6, 5), (2, 3, 2), True, (2, 1), (1, 0), (1, 1), 1),
            ((6, 7), (2, 2, 3), True, (1, 2), (2, 3), (2, 2), 1),
            ((4, 4), (4, 3, 3), True, (1, 1), (1, 1), (1, 1), 2),
            ((4, 5), (2, 3, 3), False, (2, 2), (1, 1), (1, 1), 2),
            ((3, 4), (3, 1, 1), True, (1, 1), (0, 0), (1, 1), 1),
            ((4, 4), (4, 1, 1), False, (2, 2), (0, 0), (1, 1), 2)]:
        options = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
        inputs = [rand(2, h, w, 2), rand(o, kh, kw, 2 // groups)] + ([rand(o)] if bias else [])
        case("conv2d", lambda *x: conv2d(*x, **options), *inputs, **options)
    case("conv2d", lambda x, w: conv2d(x, w, padding=1), Input(rand(1, 2, 4, 4), ["permute", 0, 2, 3, 1]),
         Input(rand(2, 2, 3, 3), ["permute", 0, 2, 3, 1]), stride=[1, 1], padding=[1, 1], dilation=[1, 1], groups=1)

    def pool(f):
        return lambda x, *args: f(x.permute(0, 3, 1, 2), *args).permute(0, 2, 3, 1)

    for kernel, stride, padding in [((2, 2), (2, 2), (0, 0)), ((3, 3), (2, 2), (1, 1)), ((2, 3), (1, 2), (1, 0)),
                                    ((2, 2), (3, 3), (0, 0))]:
        for op, f in [("max_pool2d", pool(F.max_pool2d)), ("avg_pool2d", pool(F.avg_pool2d))]:
            case(op, lambda x: f(x, kernel, stride, padding), rand(2, 5, 6, 2), kernel=kernel, stride=stride,
                 padding=padding)
    case("max_pool2d", lambda x: pool(F.max_pool2d)(x, 2), torch.ones(1, 4, 4, 2), kernel=[2, 2], stride=[0, 0],
         padding=[0, 0])  # the first of equal ones gets the gradient
    case("global_avg_pool2d", lambda x: x.mean((1, 2)), rand(2, 3, 4, 3))


def fused():
    def norm(x, w, b, mean, var, training, momentum, eps):
        return F.batch_norm(x.permute(0, 3, 1, 2), mean, var, w, b, training, momentum, eps)

    back = lambda y: y.permute(0, 2, 3, 1)
    mean, var = rand(3), positive(3)
    for training in (True, False):
        stated = dict(training=training, momentum=0.1, eps=1e-5)
        options = dict(running_mean=mean.tolist(), running_var=var.tolist(), **stated)
        for op, added, f in [
                ("batch_norm_relu", 0, lambda x, w, b, m, v: back(F.relu(norm(x, w, b, m, v, **stated)))),
                ("batch_norm_add_relu", 1, lambda x, a, w, b, m, v: F.relu(back(norm(x, w, b, m, v, **stated)) + a)),
                ("batch_norm_relu_max_pool2d", 0,
                 lambda x, w, b, m, v: back(F.max_pool2d(F.relu(norm(x, w, b, m, v, **stated)), 2)))]:
            m, v = mean.clone(), var.clone()
            images = [rand(2, 5, 4, 3) for _ in range(1 + added)]
            case(op, lambda *x: f(*x, m, v), *images, rand(3), rand(3), after={"running_mean": m, "running_var": v},
                 **options)


def pairs():
    for chunks, x in [(2, rand(4, 3)), (2, Input(rand(2, 6), ["t"])), (3, rand(6, 2))]:
        case("chunk", lambda x: x.chunk(chunks)[0] - 2 * x.chunk(chunks)[-1], x, chunks=chunks)


def not_finite():
    nan = math.nan
    spots = vector(nan, 1, INF, -INF, -1, nan, 0.5, 2)
    for op, f in [("exp", torch.exp), ("square", torch.square), ("abs", torch.abs), ("relu", torch.relu),
                  ("gelu", F.gelu), ("sigmoid", torch.sigmoid), ("tanh", torch.tanh),
                  ("softplus", lambda x: torch.logaddexp(x, torch.zeros(())))]:
        case(op, f, Input(spots.repeat(3), constant=op == "softplus"), each=True)
    case("clamp", lambda x: x.clamp(-0.5, 1), spots, each=True, low=-0.5, high=1)
    # A NaN at each place of a row that fills vectors and leaves a rest.
    row = torch.arange(19) / 4.0 - 2
    places = row.repeat(20, 1)
    for i in range(19):
        places[i, i] = nan
    for op, f in [("sum", torch.sum), ("mean", torch.mean), ("max", torch.amax), ("min", torch.amin),
                  ("logsumexp", torch.logsumexp)]:
        case(op, lambda x: f(x, [1]), places, axes=[1])
    case("norm", lambda x: torch.linalg.vector_norm(x, dim=1), places, axes=[1])
    case("var", lambda x: x.var(1), places, axes=[1])
    case("argmax", lambda x: x.argmax(1).double(), Input(places, constant=True), dim=1)
    case("argmax", lambda x: x.argmax(0).double(), Input(places, constant=True), dim=0)
    ties = torch.tensor([[1, nan, nan], [INF, 1, INF], [-INF, -INF, -INF]])
    case("argmax", lambda x: x.argmax(1).double(), Input(ties, constant=True), dim=1)
    rows = torch.tensor([[1, 2, nan], [INF, 1, 2], [INF, INF, 0], [-INF, -INF, -INF], [1, -INF, 2]])
    case("softmax", lambda x: F.softmax(x, -1), rows, dim=-1)
    case("log_softmax", lambda x: F.log_softmax(x, -1), Input(rows, constant=True), dim=-1)
    case("normalize", lambda x: F.normalize(x, dim=-1), Input(rows, constant=True), dim=-1, eps=1e-12)
    case("cross_entropy", lambda x: F.cross_entropy(x, torch.tensor([0, 1])), torch.tensor([[1, nan, 2], [1, 2, 3.0]]),
         labels=[0, 1], label_smoothing=0)
    case("layer_norm", lambda x: F.layer_norm(x, [3]), rows, eps=1e-5)


def images_not_finite():
    nchw, nhwc = lambda y: y.permute(0, 3, 1, 2), lambda y: y.permute(0, 2, 3, 1)
    image = rand(5, 2, 3, 19)
    for i in range(4):  # each place of the first window, channels that fill vectors and leave a rest
        image[i, i // 2, i % 2, ::3] = math.nan
    image[4, :2, :2] = -INF
    pool = lambda f: lambda x: nhwc(f(nchw(x), 2))
    case("max_pool2d", pool(F.max_pool2d), image, kernel=[2, 2], stride=[0, 0], padding=[0, 0])
    case("avg_pool2d", pool(F.avg_pool2d), image, kernel=[2, 2], stride=[0, 0], padding=[0, 0])
    case("global_avg_pool2d", lambda x: x.mean((1, 2)), image)
    w, b, ones = rand(19), rand(19), torch.ones(19)
    after = {"running_mean": torch.zeros(19), "running_var": torch.ones(19)}
    before = {name: value.tolist() for name, value in after.items()}
    norm = lambda x, training: F.batch_norm(nchw(x), after["running_mean"], after["running_var"], w, b, training)
    for op, f in [("batch_norm", nhwc), ("batch_norm_relu", lambda y: nhwc(F.relu(y))),
                  ("batch_norm_relu_max_pool2d", lambda y: nhwc(F.max_pool2d(F.relu(y), 2)))]:
        for training in (False, True):
            after["running_mean"], after["running_var"] = torch.zeros(19), torch.ones(19)
            fixed = [Input(p, constant=True) for p in (image[:4], w, b)]
            case(op, lambda x, w, b: f(norm(x, training)), *fixed, after=after, training=training, momentum=0.1,
                 eps=1e-5, **before)


def nothing():
    """Sizes of 0."""
    empty = torch.zeros
    case("add", torch.add, empty(0, 3), rand(3))
    case("mul", torch.mul, empty(0, 1), rand(1, 3))
    case("relu", torch.relu, empty(2, 0))
    for op, f in [("sum", torch.sum), ("mean", torch.mean)]:
        for axes in ([0], [1], [0, 1]):
            case(op, lambda x: f(x, axes), empty(0, 3), axes=axes)
            case(op, lambda x: f(x, axes), empty(3, 0), axes=axes)
    case("max", lambda x: x.amax(1), empty(0, 3), axes=[1])
    case("logsumexp", lambda x: x.logsumexp(1), empty(3, 0), axes=[1])
    case("norm", lambda x: torch.linalg.vector_norm(x, dim=1), empty(3, 0), axes=[1])
    case("argmax", lambda x: x.argmax(1).double(), Input(empty(0, 3), constant=True), dim=1)
    case("var", lambda x: x.var(1), empty(0, 3), axes=[1])
    case("matmul", torch.matmul, empty(3, 0), empty(0, 4))
    case("matmul", torch.matmul, empty(0, 3), rand(3, 4))
    case("matmul", torch.matmul, empty(2, 3, 0), empty(2, 0, 4))
    case("matmul", torch.matmul, empty(0, 2, 3), rand(3, 4))
    case("linear", F.linear, empty(0, 3), rand(2, 3), rand(2))
    case("linear", F.linear, empty(3, 0), empty(2, 0), rand(2))
    case("linear", F.linear, rand(3, 2), empty(0, 2), empty(0))
    case("reshape", lambda x: x.reshape(3, 0, 2), empty(0, 4), shape=[3, 0, 2])
    case("reshape", lambda x: x.reshape(-1, 4), empty(0, 2), shape=[-1, 4])
    case("slice", lambda x: x[:, 2:2], rand(3, 4), dim=1, begin=2, end=2, step=1)
    case("slice", lambda x: x[:, 2:4], empty(0, 4), dim=1, begin=2, end=4, step=1)
    case("broadcast_to", lambda x: x.expand(0, 3), rand(3), shape=[0, 3])
    case("sum_to", lambda x: x.sum_to_size(1, 3), empty(0, 3), shape=[1, 3])
    case("diagonal", lambda x: x.diagonal(0, 0, 1), empty(0, 3), dims=[0, 1])
    case("concatenate", lambda *x: torch.cat(x, 1), empty(3, 0), rand(3, 2), empty(3, 0), dim=1)
    case("stack", lambda *x: torch.stack(x, 0), empty(0, 2), empty(0, 2), dim=0)
    case("index_select", lambda x: x[[]], rand(3, 2), dim=0, index=[])
    none = torch.zeros(3, 0, dtype=torch.long)
    case("gather", lambda x: x.gather(1, none), rand(3, 2), dim=1, index=[], shape=[3, 0])
    case("chunk", lambda x: x - x, empty(0, 3), chunks=3)
    for dim in (0, 1):
        case("softmax", lambda x: F.softmax(x, dim), empty(3, 0), dim=dim)
        case("log_softmax", lambda x: F.log_softmax(x, dim), empty(3, 0), dim=dim)
        case("normalize", lambda x: F.normalize(x, dim=dim), empty(3, 0), dim=dim, eps=1e-12)
    case("cross_entropy", lambda x: F.cross_entropy(x, torch.zeros(0, dtype=torch.long)), empty(0, 3), labels=[],
         label_smoothing=0)
    case("layer_norm", lambda x, w, b: F.layer_norm(x, [4], w, b), empty(0, 4), rand(4), rand(4), eps=1e-5)
    mean, var = vector(0.5, 1), vector(1, 2)
    case("batch_norm", lambda x, w, b: F.batch_norm(x, mean, var, w, b), empty(0, 2), rand(2), rand(2), training=False,
         momentum=0.1, eps=1e-5, running_mean=mean.tolist(), running_var=var.tolist())
    nchw, nhwc = lambda y: y.permute(0, 3, 1, 2), lambda y: y.permute(0, 2, 3, 1)
    for kernel, groups in [((3, 3), 1), ((2, 1), 2)]:
        conv = lambda x, w, b: nhwc(F.conv2d(nchw(x).contiguous(), nchw(w).contiguous(), b, groups=groups))
        case("conv2d", conv, empty(0, 5, 4, 2), rand(4, *kernel, 2 // groups), rand(4), stride=[1, 1], padding=[0, 0],
             dilation=[1, 1], groups=groups)
    for op, f in [("max_pool2d", F.max_pool2d), ("avg_pool2d", F.avg_pool2d)]:
        case(op, lambda x: nhwc(f(nchw(x), 2)), empty(0, 4, 4, 3), kernel=[2, 2], stride=[0, 0], padding=[0, 0])
    case("global_avg_pool2d", lambda x: x.mean((1, 2)), empty(0, 3, 4, 3))


def sparse():
    row, col = [2, 0, 3, 2, 0, 2], [1, 4, 0, 1, 2, 0]
    order = torch.argsort(torch.tensor(row), stable=True)  # values are in the order of rows
    place = torch.tensor([row, col])[:, order]
    for x in (rand(5, 3), rand(5, 37), Input(rand(3, 5), ["t"])):
        spmm = lambda values, x: torch.sparse.mm(torch.sparse_coo_tensor(place, values, (4, 5)), x)
        case("spmm", lambda x: spmm(torch.ones(6), x), x, size=[4, 5], row=row, col=col)
        case("spmm", spmm, rand(6), x, size=[4, 5], row=row, col=col)
    case("spmm", lambda x: x * 0, Input(torch.zeros(2, 3), constant=True), size=[2, 2], row=[], col=[])
    case("spmm", lambda x: x, torch.zeros(0, 3), size=[0, 0], row=[], col=[])

    sum_of = lambda rows: rows.sum(0)

    def segments(f):  # f(rows of one segment)
        return lambda x: torch.stack([(f if b > a else sum_of)(x[a:b]) for a, b in zip(offsets, offsets[1:])])

    offsets = [0, 3, 3, 4, 7]
    soft = lambda x: torch.cat([F.softmax(x[a:b], 0) for a, b in zip(offsets, offsets[1:])])
    for x in (rand(7, 3), rand(7, 19), rand(7), Input(rand(3, 7), ["t"])):
        case("segment_sum", segments(sum_of), x, offsets=offsets)
        case("segment_mean", segments(lambda rows: rows.mean(0)), x, offsets=offsets)
        case("segment_max", segments(lambda rows: rows.amax(0)), x, offsets=offsets)
        case("segment_softmax", soft, x, offsets=offsets)
    case("segment_max", segments(lambda rows: rows.amax(0)), vector(1, 3, 3, 2, 5, 5, 5), offsets=offsets)  # ties
    wide = vector(1e4, -1e4, 0, -1e4, 1e4, 1e4, 1e4 - 1)
    case("segment_softmax", soft, wide, offsets=offsets)
    spots = Input(vector(1, math.nan, 3, INF, -INF, 2, -INF), constant=True)
    case("segment_max", segments(lambda rows: rows.amax(0)), spots, offsets=offsets)
    case("segment_softmax", soft, spots, offsets=offsets)

    index, offsets = [3, 1, 3, 0, 1, 5], [0, 2, 2, 5, 6]
    i, o = torch.tensor(index), torch.tensor(offsets)
    case("embedding", lambda w: F.embedding(i, w), rand(6, 3), index=index)
    case("embedding", lambda w: F.embedding(i, w), Input(rand(3, 6), ["t"]), index=index)
    case("embedding", lambda w: w[[]], rand(6, 3), index=[])
    for w in (rand(6, 3), rand(6, 19)):
        for mode in ("mean", "sum"):
            case("embedding_bag", lambda w: F.embedding_bag(i, w, o, mode=mode, include_last_offset=True), w, index=index,
                 offsets=offsets, mean=mode == "mean")
        case("embedding_bag",
             lambda w, f: F.embedding_bag(i, w, o, mode="sum", per_sample_weights=f, include_last_offset=True), w, rand(6),
             index=index, offsets=offsets, mean=False)


def attention():
    def heads(q, k, v, count, mask=None):  # torch's attention with projections that do nothing
        b, e = q.shape[0], q.shape[2]
        turned = [x.transpose(0, 1) for x in (q, k, v)]
        out, _ = F.multi_head_attention_forward(
            *turned, e, count, torch.eye(e).repeat(3, 1), None, None, None, False, 0.0, torch.eye(e), None,
            key_padding_mask=mask, need_weights=False)
        return out.transpose(0, 1)

    for count, lengths in [(1, None), (2, None), (2, [3, 5, 1])]:
        mask = torch.tensor([[j >= n for j in range(5)] for n in lengths]) if lengths else None
        case("attention", lambda q, k, v: heads(q, k, v, count, mask), rand(3, 2, 4), rand(3, 5, 4), rand(3, 5, 4),
             heads=count, **({"lengths": lengths} if lengths else {}))
    case("attention", lambda q, k, v: torch.cat([heads(q[:1], k[:1], v[:1], 1), 0 * v[1:, :1].repeat(1, 2, 1)]),
         rand(2, 2, 4), rand(2, 3, 4), rand(2, 3, 4), heads=1, lengths=[3, 0])
    case("attention", lambda q, k, v: heads(q, k, v, 2), Input(rand(2, 4, 3), ["t"]), Input(rand(2, 4, 3), ["t"]),
         Input(rand(3, 2, 4), ["permute", 1, 0, 2]), heads=2)
    offsets = [0, 3, 3, 4, 7]
    for count in (1, 2):
        case("segment_attention",
             lambda q, k, v: torch.cat([heads(q[None, a:b], k[None, a:b], v[None, a:b], count)[0]
                                        for a, b in zip(offsets, offsets[1:]) if b > a]),
             rand(7, 4), rand(7, 4), rand(7, 4), heads=count, offsets=offsets)


def first_hour():
    """What users of NumPy and PyTorch type first."""
    leaky, elu = lambda x: F.leaky_relu(x, 0.25), lambda x: F.elu(x, 1.5)
    spots = vector(math.nan, 1, INF, -1, math.nan, 0.5, 0, -20).repeat(3)
    for op, f, options in [("leaky_relu", leaky, {"negative_slope": 0.25}), ("elu", elu, {"alpha": 1.5}),
                           ("silu", F.silu, {}), ("sin", torch.sin, {}), ("cos", torch.cos, {})]:
        case(op, f, rand(3, 5), each=True, **options)
        case(op, f, Input(rand(4, 6), ["slice", 1, 1, 6, 3]), **options)
        case(op, f, spots, each=True, **options)
    case("silu", F.silu, vector(-10000, -50, -5, 0, 5, 50, 10000), each=True)
    case("leaky_relu", leaky, vector(-INF, 0), each=True, negative_slope=0.25)
    case("elu", elu, vector(-INF, 0), each=True, alpha=1.5)
    case("elu", lambda x: 1.5 * torch.expm1(x), vector(-2.0 ** -30), each=True, alpha=1.5)
    case("ne", lambda a, b: torch.ne(a, b).double(), Input(vector(1, 2, math.nan, math.nan), constant=True),
         Input(vector(3, 2, 1, math.nan), constant=True))
    for axes, keepdim in [([0], False), ([1], True), ([0, 2], False)]:
        x = rand(2, 3, 4)
        case("stddev", lambda x: torch.std(x, axes, correction=0, keepdim=keepdim), x, axes=axes, keepdim=keepdim,
             correction=0)
    case("stddev", lambda x: x.std(), Input(rand(3, 4), ["t"]))
    case("stddev", lambda x: x.std(1), torch.tensor([[2, 2, 2], [1, 2, 3.0]]), axes=[1])  # derivative 0 at 0
    case("prod", torch.prod, rand(3, 4))
    case("prod", lambda x: x.prod(1), rand(2, 3, 4), axes=[1])
    case("prod", lambda x: x.prod(0, keepdim=True), Input(rand(3, 4), ["t"]), axes=[0], keepdim=True)
    case("prod", lambda x: x.flatten(0, 1).prod(0), rand(2, 3, 4), axes=[0, 1])
    zeros = torch.tensor([[2, 0, 3], [0, 5, 0], [1, 2, 3.0]])
    case("prod", lambda x: x.prod(1), zeros, axes=[1])
    case("prod", torch.prod, Input(torch.tensor([2, math.nan, 3]), constant=True))
    for dim in (0, 1, -1):
        case("cumsum", lambda x: x.cumsum(dim), rand(2, 3, 4), dim=dim)
    case("cumsum", lambda x: x.cumsum(0), Input(rand(3, 4), ["t"]), dim=0)
    case("cumsum", lambda x: x.cumsum(0), vector(1, math.nan, 2), dim=0)
    case("cumsum", lambda x: x.cumsum(1), torch.zeros(3, 0), dim=1)
    ties = torch.tensor([[3, 1, 3, math.nan], [math.nan, 2, -INF, 2], [INF, math.nan, math.nan, 0]])
    for x in (ties, Input(ties.T.contiguous(), ["t"])):
        for dim in (0, -1):
            for flag in (False, True):
                take = lambda x: x.sort(dim=dim, descending=flag, stable=True)
                case("sort", lambda x: take(x)[0], x, dim=dim, descending=flag)
                still = Input(x.tensor, x.view, constant=True) if isinstance(x, Input) else Input(x, constant=True)
                case("sort", lambda x: take(x)[1].double(), still, dim=dim, descending=flag, indices=True)
    case("sort", lambda x: x.sort(dim=0)[0], rand(0, 3), dim=0, descending=False)
    deep = torch.randperm(24).view(2, 3, 4) / 8.0
    for dim, k, largest in [(1, 2, True), (-1, 3, False), (0, 0, True)]:
        options = dict(k=k, dim=dim, largest=largest)
        case("topk", lambda x: x.topk(k, dim, largest)[0], deep, **options)
        case("topk", lambda x: x.topk(k, dim, largest)[1].double(), Input(deep, constant=True), indices=True, **options)
    case("topk", lambda x: x.topk(2)[0], vector(1, math.nan, 3, INF), k=2, dim=-1, largest=True)
    for sizes, dim, x in [(2, 0, rand(5, 3)), (2, -1, rand(3, 4)), (7, 0, rand(3, 2)), ([1, 0, 3], 1, rand(2, 4))]:
        case("split", lambda x: torch.cat([2 * x.split(sizes, dim)[-1], x.split(sizes, dim)[0]], dim), x, sizes=sizes,
             dim=dim)
    case("split", lambda x: torch.cat([2 * x.split(2)[-1], x.split(2)[0]]), torch.zeros(0, 3), sizes=2, dim=0)
    for op, f in [("tril", torch.tril), ("triu", torch.triu)]:
        for diagonal in (-5, -1, 0, 2, 5):
            case(op, lambda x: f(x, diagonal), rand(3, 4), diagonal=diagonal)
        case(op, f, Input(rand(2, 4, 3), ["t"]), diagonal=0)
        case(op, f, vector(math.nan, INF, math.nan, 1).view(2, 2), diagonal=0)
        case(op, f, torch.zeros(3, 0), diagonal=0)
    labels = [1, 3, 0, 3]
    case("one_hot", lambda x: F.one_hot(torch.tensor(labels), 5).double(), Input(rand(1), constant=True), labels=labels,
         classes=5)

    def masked(x, mask, dim):
        x = x.masked_fill(mask == 0, -INF)
        return torch.where(mask != 0, torch.softmax(x, dim), torch.zeros(()))

    mask = torch.tensor([[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 1, 1.0]])
    case("masked_softmax", lambda x, m: masked(x, m, -1), rand(3, 4), Input(mask, constant=True), dim=-1)
    case("masked_softmax", lambda x, m: masked(x, m, 1), rand(2, 3, 4), Input(mask, constant=True), dim=1)
    odd = torch.tensor([[math.nan, INF, 1, 2], [1, 2, math.nan, 3], [1e4, 0, -1e4, 1e4]])
    case("masked_softmax", lambda x, m: masked(x, m, -1), Input(odd, constant=True),
         Input(torch.tensor([[0, 0, 1, 1], [1, 1, 1, 0], [1, 1, 1, 1.0]]), constant=True), dim=-1)
    mask[1] = 0  # an empty row
    case("masked_softmax", lambda x, m: masked(x, m, -1), rand(3, 4), Input(mask, constant=True), dim=-1,
         zero_nan_gradients=True)
    for op, f in [("mse_loss", F.mse_loss), ("l1_loss", F.l1_loss),
                  ("binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits)]:
        for reduction in ("mean", "sum", "none"):
            case(op, lambda x, y: f(x, y, reduction=reduction), rand(3, 4), rand(3, 4, low=0, high=1),
                 reduction=reduction)
            case(op, lambda x, y: f(x, y, reduction=reduction), torch.zeros(0, 3), torch.zeros(0, 3),
                 reduction=reduction)
        case(op, f, vector(1, math.nan), Input(vector(0, 1), constant=True), reduction="mean")
    case("l1_loss", F.l1_loss, vector(1, 2), vector(1, 0), reduction="mean")  # derivative 0 at 0
    case("binary_cross_entropy_with_logits", lambda x, t: -(t * F.logsigmoid(x) + (1 - t) * F.logsigmoid(-x)),
         vector(-10000, -50, 50, 10000, -50, 50), Input(vector(0, 0, 1, 1, 1, 0), constant=True), each=True,
         reduction="none")


def layers():
    """What layers beside the ResNets' need: group_norm, conv1d, conv_transpose2d."""
    channels_first, channels_last = lambda x: x.movedim(-1, 1), lambda x: x.movedim(1, -1)
    norm = lambda groups, eps: lambda x, *w: channels_last(F.group_norm(channels_first(x), groups, *w, eps=eps))
    case("group_norm", norm(2, 1e-5), rand(2, 3, 2, 4), rand(4), rand(4), groups=2, eps=1e-5)
    case("group_norm", norm(3, 0.125), rand(4, 5, 3), rand(3), groups=3, eps=0.125)
    case("group_norm", norm(1, 1e-5), Input(rand(4, 3), ["t"]), groups=1, eps=1e-5)

    for length, (o, k), bias, stride, padding, dilation, groups in [
            (7, (3, 3), True, 1, 0, 1, 1), (8, (2, 2), False, 2, 1, 1, 1), (9, (4, 3), True, 1, 2, 2, 2),
            (5, (3, 1), False, 1, 0, 1, 1)]:
        options = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
        inputs = [rand(2, length, 2), rand(o, k, 2 // groups)] + ([rand(o)] if bias else [])
        case("conv1d", lambda x, w, *b: channels_last(F.conv1d(channels_first(x), channels_first(w), *b, **options)),
             *inputs, **options)

    def transposed(x, w, b=None, **options):
        return channels_last(F.conv_transpose2d(channels_first(x), channels_first(w), b, **options))

    for (h, w), (kh, kw, o), bias, stride, padding, more, dilation, groups in [
            ((3, 4), (3, 3, 2), True, (1, 1), (0, 0), (0, 0), (1, 1), 1),
            ((3, 4), (2, 2, 3), False, (2, 2), (0, 0), (0, 0), (1, 1), 1),
            ((4, 3), (4, 4, 2), True, (2, 2), (1, 1), (0, 0), (1, 1), 1),
            ((3, 3), (3, 3, 2), False, (2, 3), (1, 0), (1, 2), (1, 1), 1),
            ((3, 4), (2, 3, 4), True, (1, 2), (1, 2), (1, 1), (2, 2), 2),
            ((3, 4), (1, 2, 2), False, (3, 3), (0, 0), (0, 0), (1, 1), 2),
            ((5, 6), (3, 3, 2), True, (1, 1), (3, 3), (0, 0), (1, 1), 1)]:
        options = dict(stride=stride, padding=padding, output_padding=more, dilation=dilation, groups=groups)
        inputs = [rand(2, h, w, 4), rand(4, kh, kw, o // groups)] + ([rand(o)] if bias else [])
        case("conv_transpose2d", lambda *x: transposed(*x, **options), *inputs, **options)
    case("group_norm", norm(2, 1e-5), torch.zeros(0, 3, 4), groups=2, eps=1e-5)


def fused_later():
    linear_relu = lambda *x: F.relu(F.linear(*x))
    case("linear_relu", linear_relu, rand(2, 3, 4), rand(5, 4), rand(5))
    case("linear_relu", linear_relu, Input(rand(4, 3), ["t"]), rand(2, 4))
    row, col = [2, 0, 3, 2], [1, 3, 0, 1]
    matrix = torch.sparse_coo_tensor([row, col], torch.ones(4), (4, 4)) + 1.25 * torch.eye(4).to_sparse()
    case("spmm", lambda x: torch.sparse.mm(matrix, x), rand(4, 37), size=[4, 4], row=row, col=col, diagonal=1.25)
    for dim, x in [(1, rand(2, 6)), (-2, Input(rand(2, 3, 4), ["t"]))]:
        case("chunk", lambda x: x.chunk(2, dim)[0] - 2 * x.chunk(2, dim)[-1], x, chunks=2, dim=dim)


def main():
    for family in (two_operands, one_operand, reductions, products, views, selection, rows, normalisation, images, fused,
                   pairs, not_finite, images_not_finite, nothing, sparse, attention, first_hour, layers,
                   fused_later):
        family()
    path = pathlib.Path(__file__).with_name("ops.json")
    path.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
    print(f"{path.name}: {len(cases)} cases of {len({c['op'] for c in cases})} operations, {path.stat().st_size} bytes")


main()
