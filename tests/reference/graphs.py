"""Golden values of graph layers and encoders, from plain PyTorch expressions on dense adjacency matrices. They are what
PyTorch Geometric's GINConv, GCNConv and global_add_pool compute, under the same names.

Run `python3 tests/reference/graphs.py` (PyTorch needed) to write graphs.json beside this file.
"""
import json
import pathlib

import torch
from torch import nn

from formula import fill_by_formula, stream

SIZES = [4, 1, 0, 6]  # nodes of each graph
EDGES = [(0, 1), (1, 2), (0, 2), (2, 3), (5, 6), (6, 7), (5, 8), (8, 9)]  # node 4 is alone, and so is node 10
FEATURES, WIDTH, DEPTH = 3, 4, 2


class GINConv(nn.Module):
    def __init__(self, features, width):
        super().__init__()
        self.register_buffer("eps", torch.empty(1))
        self.nn = nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, x, a):
        return self.nn((1 + self.eps) * x + a @ x)


class GCNConv(nn.Module):
    def __init__(self, features, width):
        super().__init__()
        self.bias = nn.Parameter(torch.empty(width))
        self.lin = nn.Linear(features, width, bias=False)

    def forward(self, x, a):
        a = a + torch.eye(len(a))
        d = a.sum(1)
        return (a / (d[:, None] * d[None, :]).sqrt()) @ self.lin(x) + self.bias


class Encoder(nn.Module):
    def __init__(self, conv):
        super().__init__()
        self.convs = nn.ModuleList([conv(FEATURES if i == 0 else WIDTH, WIDTH) for i in range(DEPTH)])
        self.bns = nn.ModuleList([nn.BatchNorm1d(WIDTH) for _ in range(DEPTH)])


class Gin(Encoder):
    def forward(self, x, a, pool):
        sums = []
        for conv, bn in zip(self.convs, self.bns):
            x = bn(conv(x, a).relu())
            sums.append(pool @ x)
        return torch.cat(sums, 1)


class Gcn(Encoder):
    def forward(self, x, a, pool):
        for conv, bn in zip(self.convs, self.bns):
            x = bn(conv(x, a)).relu()
        return pool @ x


def case(name, net, *inputs):
    with torch.no_grad():
        fill_by_formula(net)
    x = torch.from_numpy(stream("x", sum(SIZES) * FEATURES)).reshape(-1, FEATURES).requires_grad_()
    y = net(x, *inputs)
    (y * torch.from_numpy(stream("slope", y.numel())).reshape(y.shape)).sum().backward()
    gradients = {key: p.grad.flatten().tolist() for key, p in net.named_parameters()}
    return {"name": name, "shape": list(y.shape), "y": y.flatten().tolist(), "x": x.grad.flatten().tolist(),
            "gradients": gradients}


def main():
    torch.set_default_dtype(torch.float64)
    nodes = sum(SIZES)
    a = torch.zeros(nodes, nodes)
    for i, j in EDGES:
        a[i, j] = a[j, i] = 1
    graph = [g for g, size in enumerate(SIZES) for _ in range(size)]
    pool = torch.nn.functional.one_hot(torch.tensor(graph), len(SIZES)).t().double()
    cases = [case("GINConv", GINConv(FEATURES, WIDTH), a), case("GCNConv", GCNConv(FEATURES, WIDTH), a),
             case("gin", Gin(GINConv), a, pool), case("gcn", Gcn(GCNConv), a, pool)]
    path = pathlib.Path(__file__).with_name("graphs.json")
    path.write_text('{"sizes": %s, "edges": %s, "cases": [\n%s\n]}\n'
                    % (json.dumps(SIZES), json.dumps(EDGES), ",\n".join(json.dumps(c) for c in cases)))
    print(f"{path.name}: {len(cases)} cases")


main()
