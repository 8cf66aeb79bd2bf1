"""The workloads of nce_bench in PyTorch, a JSON object a line.

  python3 torch_bench.py [--threads N] [--layout LAYOUT] [names]   without a layout: the faster of the two
  python3 torch_bench.py --list                                    the names, a tab, the layouts to choose from"""
import os
import sys

if not os.environ.get("OPENBLAS_CORETYPE") and "avx512f" in open("/proc/cpuinfo").read():
    os.environ["OPENBLAS_CORETYPE"] = "SkylakeX"  # for newer CPUs OpenBLAS falls back to AVX2
import argparse
import json
import multiprocessing
import statistics
import time

MISSING = (f"torch_bench.py: PyTorch is not there for {sys.executable} ({{}}); run it with the Python that has it, "
           "or compare.py with --ours-only")
try:
    import numpy
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
except ImportError as error:
    sys.exit(MISSING.format(error))


def load_transforms():
    """torchvision's and Pillow's, which the workloads of images alone need."""
    try:
        import PIL.Image
        import torchvision.transforms
    except ImportError as error:
        sys.exit(MISSING.format(error))
    return PIL.Image, torchvision.transforms


def nt_xent(z1, z2, temperature=0.5):
    z = F.normalize(torch.cat([z1, z2]))
    n = z1.shape[0]
    s = (z @ z.t() / temperature).masked_fill(torch.eye(2 * n, dtype=torch.bool), float("-inf"))
    return F.cross_entropy(s, torch.cat([torch.arange(n, 2 * n), torch.arange(n)]))


def head(width, hidden):
    return nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, 128))


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(),
                         nn.Linear(256, 128))


def conv4(channels):
    layers = []
    for width in (32, 64, 128, 128):
        layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
                   nn.MaxPool2d(2)]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head(128, 128))


class Block(nn.Module):
    def __init__(self, c, o, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(c, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.skip = nn.Sequential()
        if stride != 1 or c != o:
            self.skip = nn.Sequential(nn.Conv2d(c, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.skip(x))


def resnet18():
    layers, c = [nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU()], 64
    for o, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [Block(c, o, stride), Block(o, o, 1)]
        c = o
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head(512, 512))


def trainer(model, layout):
    if layout is not None:
        model = model.to(memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step(x):
        z1, z2 = model(x if layout is None else x.contiguous(memory_format=layout)).chunk(2)
        loss = nt_xent(z1, z2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def training_step(model, shape, layout):
    x, step = torch.randn(shape), trainer(model, layout)
    if layout is not None:
        x = x.contiguous(memory_format=layout)
    return lambda: step(x)


class Views(torch.utils.data.Dataset):
    """`views` random views of each of `images` images of the size of CIFAR's: SimCLR's, or by one transform."""

    def __init__(self, images, views, transform=None):
        Image, T = load_transforms()
        self.images = numpy.random.RandomState(1).randint(0, 256, (images, 32, 32, 3), dtype=numpy.uint8)
        self.views, self.picture = views, Image.fromarray
        # PIL images, as of torchvision's CIFAR10. Tensors of bytes take 1.8 times as long, of floats 1.5.
        crop = T.RandomResizedCrop(32, scale=(0.08, 1), interpolation=T.InterpolationMode.BICUBIC)
        simclr = [crop, T.RandomHorizontalFlip(), T.RandomApply([T.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8),
                  T.RandomGrayscale(0.2)]
        first = [] if transform == "erasing" else [alone(T, transform)] if transform else simclr
        last = [T.RandomErasing(1)] if transform == "erasing" else []
        self.transform = T.Compose(first + [T.ToTensor()] + last + [T.Normalize((0.49, 0.48, 0.45), (0.25, 0.24, 0.26))])

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        image = self.picture(self.images[i])
        return tuple(self.transform(image) for _ in range(self.views))


def alone(T, name):
    """The transform that nce calls `name`, applied each time."""
    bicubic, bilinear = T.InterpolationMode.BICUBIC, T.InterpolationMode.BILINEAR
    return {
        "crop": lambda: T.RandomResizedCrop(32, scale=(0.08, 1), interpolation=bicubic),
        "flip": lambda: T.RandomHorizontalFlip(1),
        "jitter": lambda: T.ColorJitter(0.4, 0.4, 0.4, 0.1),
        "grey": lambda: T.RandomGrayscale(1),
        "blur": lambda: T.GaussianBlur(3, (0.1, 2)),
        "solarize": lambda: T.RandomSolarize(128, 1),
        "vflip": lambda: T.RandomVerticalFlip(1),
        "rotation": lambda: T.RandomRotation(15, bilinear),
        "affine": lambda: T.RandomAffine(10, (0.1, 0.1), (0.9, 1.1), interpolation=bilinear),
        "elastic": lambda: T.ElasticTransform(68.0, 4.0),
        "padded_crop": lambda: T.RandomCrop(32, 4),
        "center_crop": lambda: T.Compose([T.Resize(32), T.CenterCrop(32)]),
        "posterize": lambda: T.RandomPosterize(4, 1),
        "equalize": lambda: T.RandomEqualize(1),
        "autocontrast": lambda: T.RandomAutocontrast(1),
        "invert": lambda: T.RandomInvert(1),
        "adjust_brightness": lambda: T.ColorJitter(brightness=(1.5, 1.5)),
        "adjust_contrast": lambda: T.ColorJitter(contrast=(1.5, 1.5)),
        "adjust_saturation": lambda: T.ColorJitter(saturation=(1.5, 1.5)),
        "adjust_sharpness": lambda: T.RandomAdjustSharpness(2, 1),
        "rand_augment": lambda: T.RandAugment(2, 9, interpolation=bilinear),
        "identity": lambda: T.Compose([]),
    }[name]()


TRANSFORMS = ("crop", "flip", "jitter", "grey", "blur", "solarize", "vflip", "rotation", "affine", "elastic", "erasing",
              "padded_crop", "center_crop", "posterize", "equalize", "autocontrast", "invert", "adjust_brightness",
              "adjust_contrast", "adjust_saturation", "adjust_sharpness", "rand_augment", "identity")


def augment_step(views, transform=None):
    """One process per thread. Each fills its share of shared memory, so only the transforms are timed."""
    data, out, workers = Views(views, 1, transform), torch.empty(views, 3, 32, 32).share_memory_(), torch.get_num_threads()

    def work(share, pipe):
        torch.set_num_threads(1)
        while pipe.recv():
            for i in range(share, views, workers):
                out[i] = data[i][0]
            pipe.send(True)

    pipes = []
    for share in range(workers):
        ours, theirs = multiprocessing.Pipe()
        multiprocessing.Process(target=work, args=(share, theirs), daemon=True).start()
        pipes.append(ours)

    def step():
        for pipe in pipes:
            pipe.send(True)
        for pipe in pipes:
            pipe.recv()

    return step


def epoch_step(model, images, layout):
    loader = torch.utils.data.DataLoader(
        Views(images, 2), batch_size=256, shuffle=True, drop_last=True, num_workers=2, persistent_workers=True)
    step = trainer(model, layout)
    step(torch.randn(512, 3, 32, 32))  # warm: an epoch is long and may be timed once

    def epoch():
        for view1, view2 in loader:
            step(torch.cat([view1, view2]))

    return epoch


def nt_xent_step(rows):
    z1, z2 = (torch.randn(rows // 2, 128, requires_grad=True) for _ in range(2))

    def step():
        z1.grad = z2.grad = None
        nt_xent(z1, z2).backward()

    return step


def matmul_step():
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    return lambda: a @ b


def spmm_step(nodes, neighbours, width):
    place = torch.randint(nodes, (2, nodes * neighbours))
    a = torch.sparse_coo_tensor(place, torch.ones(nodes * neighbours), (nodes, nodes)).coalesce()
    x, grad = torch.randn(nodes, width, requires_grad=True), torch.randn(nodes, width)

    def step():
        x.grad = None
        torch.sparse.mm(a, x).backward(grad)

    return step


def embedding_bag_step(rows, width, bags, length):
    table = nn.EmbeddingBag(rows, width, mode="sum", sparse=True)
    adam = torch.optim.SparseAdam(table.parameters())
    index, offsets, grad = torch.randint(rows, (bags * length,)), torch.arange(bags) * length, torch.randn(bags, width)

    def step():
        adam.zero_grad()
        table(index, offsets).backward(grad)
        adam.step()

    return step


def attention_step(samples, length, width, heads):
    q, k, v = (torch.randn(samples, length, width, requires_grad=True) for _ in range(3))
    grad = torch.randn(samples, length, width)
    split = lambda x: x.view(samples, length, heads, width // heads).transpose(1, 2)

    def step():
        q.grad = k.grad = v.grad = None
        weights = F.softmax(split(q) @ split(k).transpose(2, 3) / (width // heads) ** 0.5, -1)
        (weights @ split(v)).transpose(1, 2).reshape(samples, length, width).backward(grad)

    return step


class Attending(nn.Module):
    def __init__(self, rows, width, length):
        super().__init__()
        self.table, self.places = nn.Embedding(rows, width, sparse=True), nn.Embedding(length, width)
        block = nn.TransformerEncoderLayer(width, 4, 4 * width, 0.1, "gelu", batch_first=True, norm_first=True)
        self.blocks, self.norm = nn.TransformerEncoder(block, 2), nn.LayerNorm(width)

    def forward(self, words):  # sentences of one length: nothing is padded
        x = F.dropout(self.table(words) + self.places.weight, 0.1)
        return self.norm(self.blocks(x)).mean(1)


def sentence_step(kind, sentences, length, rows, width):
    """As nce_bench draws them: row r of the table with a probability like 1 / r."""
    words = (rows ** torch.rand(sentences, length, dtype=torch.float64)).long() - 1
    if kind == "transformer":
        model = Attending(rows, width, length)
        rest = [p for name, p in model.named_parameters() if name != "table.weight"]
        optimizers = [torch.optim.SparseAdam([model.table.weight], lr=0.01), torch.optim.Adam(rest, lr=0.01)]
    else:
        table = nn.EmbeddingBag(rows, width, mode="mean", sparse=True)
        model = lambda words: F.dropout(table(words), 0.1)
        optimizers = [torch.optim.SparseAdam(table.parameters(), lr=0.01)]
    same = torch.arange(sentences // 2)

    def step():
        z1, z2 = F.normalize(model(words)).chunk(2)
        s = z1 @ z2.t() / 0.05
        loss = (F.cross_entropy(s, same) + F.cross_entropy(s.t(), same)) / 2
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()

    return step


class Gin(nn.Module):
    """`total(place, x)` sums rows of x: place is an edge index (to, from) of a fixed number of sums."""

    def __init__(self, features, total):
        super().__init__()
        widths = [features, 32, 32, 32]
        self.mlps = nn.ModuleList(nn.Sequential(nn.Linear(a, 32), nn.ReLU(), nn.Linear(32, 32))
                                  for a in widths[:3])
        self.norms = nn.ModuleList(nn.BatchNorm1d(32) for _ in widths[:3])
        self.head, self.total = nn.Sequential(nn.Linear(96, 96), nn.ReLU(), nn.Linear(96, 128)), total

    def forward(self, x, neighbours, pool):
        pooled = []
        for mlp, norm in zip(self.mlps, self.norms):
            x = norm(F.relu(mlp(x + self.total(neighbours, x))))
            pooled.append(self.total(pool, x))
        return self.head(torch.cat(pooled, 1))


def gin_step(graphs, size, degree, features):
    """The fastest of three ways to sum over neighbours and nodes."""
    nodes, edges = graphs * size, int(degree / 2 * size)
    ends = []
    for graph in range(graphs):
        child = torch.cat([torch.arange(1, size), torch.randint(1, size, (edges - size + 1,))])
        ends.append(graph * size + torch.stack([child, (torch.rand(edges) * child).long()]))
    ends = torch.cat(ends, 1)
    place = torch.cat([ends, ends.flip(0)], 1)
    x = F.one_hot(torch.randint(features, (nodes,)), features).float()
    members = torch.stack([torch.arange(nodes) // size, torch.arange(nodes)])

    def matrix(place, rows):
        return torch.sparse_coo_tensor(place, torch.ones(place.shape[1]), (rows, nodes)).coalesce()

    scatter = lambda sums, x: x.new_zeros(sums[1], x.shape[1]).index_add(0, sums[0][0], x.index_select(0, sums[0][1]))
    coo = matrix(place, nodes), matrix(members, graphs)
    ways = [(torch.sparse.mm, *coo), (torch.sparse.mm, *(m.to_sparse_csr() for m in coo)),
            (scatter, (place, nodes), (members, graphs))]
    steps = []
    for total, neighbours, pool in ways:
        model = Gin(features, total)
        adam = torch.optim.Adam(model.parameters(), lr=0.01)

        def step(model=model, adam=adam, neighbours=neighbours, pool=pool):
            z1, z2 = F.normalize(model(x, neighbours, pool)).chunk(2)
            loss = F.cross_entropy(z1 @ z2.t() / 0.2, torch.arange(len(z1)))
            adam.zero_grad()
            loss.backward()
            adam.step()

        try:
            steps.append((min(timed(step) for _ in range(6)), step))
        except RuntimeError:  # a way that this PyTorch cannot differentiate
            pass
    return min(steps, key=lambda way: way[0])[1]


LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
WORKLOADS = {
    "matmul_1024": matmul_step,
    "mlp_step": lambda: training_step(mlp(), (1024, 1, 28, 28), None),
    "ntxent_512": lambda: nt_xent_step(512),
    "ntxent_2048": lambda: nt_xent_step(2048),
    "ntxent_8192": lambda: nt_xent_step(8192),
    "spmm_65536": lambda: spmm_step(65536, 8, 64),
    "embedding_bag_512": lambda: embedding_bag_step(131072, 256, 512, 64),
    "attention_512": lambda: attention_step(512, 32, 128, 4),
    "sentence_step": lambda: sentence_step("mean", 512, 12, 40000, 256),
    "ngrams_step": lambda: sentence_step("mean", 512, 128, 170000, 256),
    "transformer_step": lambda: sentence_step("transformer", 512, 12, 40000, 128),
    "gin_nci1_step": lambda: gin_step(256, 26, 2.15, 37),
    "gin_proteins_step": lambda: gin_step(256, 33, 3.7, 3),
    "augment_1024": lambda: augment_step(1024),
    **{f"augment_{name}": lambda name=name: augment_step(1024, name) for name in TRANSFORMS},
}
IMAGE_WORKLOADS = {  # these take a layout
    "conv4_step": lambda layout: training_step(conv4(3), (512, 3, 32, 32), layout),
    "conv4_28_step": lambda layout: training_step(conv4(1), (512, 1, 28, 28), layout),
    "resnet18_step": lambda layout: training_step(resnet18(), (128, 3, 32, 32), layout),
    "epoch": lambda layout: epoch_step(conv4(3), 10000, layout),
}


def timed(step):
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1000


def median_ms(step):
    """As nce_bench: after a warm-up about a second of runs, at least 5 runs or 2.5 s. A run of 5 s is timed once."""
    first = timed(step)
    if first > 5000:
        return first
    if first < 1000:
        timed(step)
    times = []
    while sum(times) < 1000 and len(times) < 500 or len(times) < 5 and sum(times) < 2500:
        times.append(timed(step))
    return statistics.median(times)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--layout", choices=LAYOUTS)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    known = {**WORKLOADS, **IMAGE_WORKLOADS}
    for name in arguments.names:
        if name not in known:
            parser.error(f"there is no workload '{name}'; there are {', '.join(known)}")
    if arguments.list:
        load_transforms()  # a long run should not find out in its middle that they are not there
        print("\n".join(f"{name}\t{' '.join(LAYOUTS) if name in IMAGE_WORKLOADS else ''}" for name in known))
        sys.exit()
    torch.set_num_threads(arguments.threads)
    layouts = [LAYOUTS[arguments.layout]] if arguments.layout else LAYOUTS.values()
    for name in arguments.names or known:
        choices = [(layout,) for layout in layouts] if name in IMAGE_WORKLOADS else [()]
        print(json.dumps({"name": name, "ms": round(min(median_ms(known[name](*c)) for c in choices), 4)}), flush=True)
