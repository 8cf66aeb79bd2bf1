"""Cases of ops.py: what is not finite, and what has no elements."""
import math

import torch
import torch.nn.functional as F

from ops_case import INF, Input, case, rand, vector


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
