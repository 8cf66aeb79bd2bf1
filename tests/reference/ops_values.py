"""Cases of ops.py: numbers, reductions, products, views and choices of elements."""
import math

import torch
import torch.nn.functional as F

from ops_case import INF, Input, case, positive, rand, vector


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


def pairs():
    for chunks, x in [(2, rand(4, 3)), (2, Input(rand(2, 6), ["t"])), (3, rand(6, 2))]:
        case("chunk", lambda x: x.chunk(chunks)[0] - 2 * x.chunk(chunks)[-1], x, chunks=chunks)
