"""Cases of ops.py: normalisation, images, fused operations, and layers beside the ResNets'."""
import torch
import torch.nn.functional as F

from ops_case import Input, case, positive, rand


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
