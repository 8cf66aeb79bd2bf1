"""Epochs of GraphCL on real graphs beside PyTorch: graphcl.py NCE ROOT [SET...].

ROOT holds TUDataset/SET; the sets are MUTAG, PROTEINS and NCI1. Both train GraphCL's GIN (3 x 32) with a head of 96 on two
views of each graph: batches of 128, InfoNCE at temperature 0.2, Adam. `nce train` runs as it is, with the loading and the
views; so does the twin below, its views in NumPy, its sums with index_add, on one thread, as such code is written. In
turn: five runs of eight epochs each. Prints the median seconds of an epoch (least .. most), and the ratio of medians.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

RUNS, EPOCHS, BATCH, RATIO, TEMPERATURE = 5, 8, 128, 0.2, 0.2


def read(root, name):
    """A list of graphs: features (nodes, labels) and edges (E, 2) with a < b, each once."""
    first = root / "TUDataset" / name / "raw" / name
    def load(part, dtype=int):
        return np.loadtxt(f"{first}_{part}.txt", delimiter=",", dtype=dtype)
    of_node, edges = load("graph_indicator") - 1, load("A") - 1
    labels = np.unique(load("node_labels"), return_inverse=True)[1]
    features = np.eye(labels.max() + 1, dtype=np.float32)[labels]
    edges = np.unique(np.sort(edges, 1), axis=0)
    starts = np.searchsorted(of_node, np.arange(of_node[-1] + 2))
    edges = edges[edges[:, 0] < edges[:, 1]]
    ends = np.searchsorted(edges[:, 0], starts)
    return [(features[starts[g]:starts[g + 1]], edges[ends[g]:ends[g + 1]] - starts[g]) for g in range(len(starts) - 1)]


def keep(graph, nodes):
    x, edges = graph
    position = np.full(len(x), -1)
    position[nodes] = np.arange(len(nodes))
    edges = position[edges]
    return x[nodes], edges[(edges >= 0).all(1)]


def drop_nodes(graph, random):
    n = len(graph[0])
    return keep(graph, np.sort(random.permutation(n)[int(RATIO * n):]))


def perturb_edges(graph, random):
    x, edges = graph
    n, changed = len(x), int(RATIO * len(edges))
    known, added = set(map(tuple, edges)), []
    while len(added) < changed and len(known) < n * (n - 1) // 2:
        a, b = sorted(random.integers(n, size=2))
        if a != b and (a, b) not in known:
            known.add((a, b))
            added.append((a, b))
    kept = edges[random.permutation(len(edges))[changed:]]
    return x, np.concatenate([kept, np.array(added, int).reshape(-1, 2)])


def mask_nodes(graph, random):
    x, edges = graph
    masked = x.copy()
    masked[random.permutation(len(x))[:int(RATIO * len(x))]] = x.mean(0)
    return masked, edges


def subgraph(graph, random):
    x, edges = graph
    neighbours = [[] for _ in x]
    for a, b in edges:
        neighbours[a].append(b)
        neighbours[b].append(a)
    wanted, frontier, kept = len(x) - int(RATIO * len(x)), [int(random.integers(len(x)))], []
    seen = set(frontier)
    while len(kept) < wanted and frontier:
        node = frontier.pop(int(random.integers(len(frontier))))
        kept.append(node)
        for near in neighbours[node]:
            if near not in seen:
                seen.add(near)
                frontier.append(near)
    return keep(graph, np.sort(kept))


VIEWS = [drop_nodes, perturb_edges, mask_nodes, subgraph]


def join(graphs):
    sizes = [len(x) for x, _ in graphs]
    starts = np.cumsum([0] + sizes)
    edges = np.concatenate([e + start for (_, e), start in zip(graphs, starts)]).T
    graph = np.repeat(np.arange(len(graphs)), sizes)
    return (torch.from_numpy(np.concatenate([x for x, _ in graphs])), torch.from_numpy(np.concatenate([edges, edges[::-1]], 1)),
            torch.from_numpy(graph), len(graphs))


class Gin(nn.Module):
    def __init__(self, features, width=32, depth=3):
        super().__init__()
        sizes = [features] + [width] * (depth - 1)
        self.mlps = nn.ModuleList(nn.Sequential(nn.Linear(size, width), nn.ReLU(), nn.Linear(width, width)) for size in sizes)
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in sizes)

    def forward(self, x, edges, graph, count):
        sums = []
        for mlp, norm in zip(self.mlps, self.norms):
            x = norm(F.relu(mlp(x.index_add(0, edges[1], x[edges[0]]))))
            sums.append(torch.zeros(count, x.shape[1]).index_add(0, graph, x))
        return torch.cat(sums, 1)


def theirs(graphs, seed):
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = nn.Sequential(nn.Linear(96, 96), nn.ReLU(), nn.Linear(96, 96))
    gin = Gin(graphs[0][0].shape[1])
    adam = torch.optim.Adam([*gin.parameters(), *network.parameters()], 0.01)
    seconds = []
    for _ in range(EPOCHS):
        before = time.perf_counter()
        order = random.permutation(len(graphs))
        for first in range(0, len(graphs), BATCH):
            chosen = [graphs[i] for i in order[first:first + BATCH]]
            z1, z2 = (F.normalize(network(gin(*join([VIEWS[random.integers(4)](g, random) for g in chosen])))) for _ in range(2))
            loss = F.cross_entropy(z1 @ z2.T / TEMPERATURE, torch.arange(len(chosen)))
            adam.zero_grad()
            loss.backward()
            adam.step()
        seconds.append(time.perf_counter() - before)
    return seconds


def ours(nce, root, name, seed):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([nce, "train", "--data", f"tu:{name}", "--root", root, "--encoder", "gin", "--head-dim", "96", "--batch",
                        str(BATCH), "--loss", "info_nce", "--temperature", str(TEMPERATURE), "--optimizer", "adam", "--lr",
                        "0.01", "--schedule", "constant", "--epochs", str(EPOCHS), "--seed", str(seed), "--out",
                        f"{folder}/run"], check=True, stdout=subprocess.DEVNULL)
        lines = map(json.loads, (pathlib.Path(folder) / "run/log.jsonl").read_text().splitlines())
        return [line["seconds"] for line in lines if line["event"] == "epoch"]


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: graphcl.py NCE ROOT [SET...]")
    nce, root = sys.argv[1], pathlib.Path(sys.argv[2])
    torch.set_num_threads(1)  # its fastest: the batches are small
    for name in sys.argv[3:] or ["MUTAG", "PROTEINS", "NCI1"]:
        graphs = read(root, name)
        epochs = {"nce": [], "PyTorch": []}
        for seed in range(1, RUNS + 1):
            epochs["nce"] += ours(nce, root, name, seed)
            epochs["PyTorch"] += theirs(graphs, seed)
        middle = {who: statistics.median(seconds) for who, seconds in epochs.items()}
        told = ", ".join(f"{who} {middle[who]:.4f} s ({min(s):.4f} .. {max(s):.4f})" for who, s in epochs.items())
        print(f"{name}: {told}, {middle['PyTorch'] / middle['nce']:.1f} times")


main()
