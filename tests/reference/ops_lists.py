"""Cases of ops.py: sparse products, segments, embeddings, attention, and what users type in the first hour."""
import math

import torch
import torch.nn.functional as F

from ops_case import INF, Input, case, rand, vector


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
