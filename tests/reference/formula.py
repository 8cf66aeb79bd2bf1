"""Weights and images from a closed formula: the same bits as from tests/support/formula.h. And the networks of
nn/encoders in PyTorch, under the same names."""
import functools
import math

import numpy as np
import torch
import torchvision
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck


def stream(name, count):
    """The first `count` elements of the stream `name`, uniform in [-1, 1), as f64."""
    start = 2166136261
    for c in name.encode():
        start = ((start ^ c) * 16777619) % 2**32
    h = np.uint32(start) + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9)
    h = (h ^ h >> 16) * np.uint32(0x85EBCA6B)
    h = (h ^ h >> 13) * np.uint32(0xC2B2AE35)
    return ((h ^ h >> 16) >> 8).astype(np.float64) * 2.0**-23 - 1


def fill_by_formula(module):
    for name, tensor in module.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        matrix = tensor.dim() > 1
        scale = math.sqrt(6 / (tensor.numel() // tensor.shape[0])) if matrix else 0.1
        shift = 1 if not matrix and name.endswith(("weight", "running_var")) else 0
        values = shift + scale * stream(name, tensor.numel())
        tensor.copy_(torch.from_numpy(values).reshape(tensor.shape))


@functools.lru_cache(maxsize=None)
def formula_views(batch, n, size):
    """(2 n, size, size, 3), NHWC."""
    at = np.arange(size) * 4
    low, part = at // size, at % size / size
    high = (low + 1) % 4
    v, u = part[:, None, None], part[None, :, None]
    views = []
    for letter in "ab":
        for image in range(n):
            grid = stream(f"{batch}.{image}", 48).reshape(4, 4, 3)
            above = (1 - u) * grid[low][:, low] + u * grid[low][:, high]
            below = (1 - u) * grid[high][:, low] + u * grid[high][:, high]
            speck = stream(f"{batch}.{image}.{letter}", size * size * 3).reshape(size, size, 3)
            views.append((1 - v) * above + v * below + 0.25 * speck)
    return torch.from_numpy(np.stack(views).astype(np.float32))


def resnet(name, width=64):
    """"resnet18" or "resnet50": torchvision's own blocks at any width, with the CIFAR stem and without `fc`."""
    block, counts = {"resnet18": (BasicBlock, [2, 2, 2, 2]), "resnet50": (Bottleneck, [3, 4, 6, 3])}[name]
    net = torchvision.models.ResNet(block, counts)
    net.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
    net.bn1 = nn.BatchNorm2d(width)
    net.maxpool = net.fc = nn.Identity()
    net.inplanes = width
    for i in range(4):
        setattr(net, f"layer{i + 1}", net._make_layer(block, width << i, counts[i], stride=1 if i == 0 else 2))
    return net


class Mlp(nn.Module):
    def __init__(self, pixels, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(pixels, width), nn.ReLU(), nn.Linear(width, width // 2), nn.ReLU(),
                                    nn.Linear(width // 2, width // 4))

    def forward(self, x):
        return self.layers(x.permute(0, 2, 3, 1).flatten(1))  # pixels in the order H, W, C


class Conv4(nn.Module):
    def __init__(self, width):
        super().__init__()
        channels = [3, width, 2 * width, 4 * width, 4 * width]
        for i in range(4):
            setattr(self, f"conv{i + 1}", nn.Conv2d(channels[i], channels[i + 1], 3, padding=1, bias=False))
            setattr(self, f"bn{i + 1}", nn.BatchNorm2d(channels[i + 1]))

    def forward(self, x):
        for i in range(1, 5):
            x = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)).relu()
            if min(x.shape[2:]) > 1:
                x = nn.functional.max_pool2d(x, 2)
        return x.mean((2, 3))


class Layers(nn.Module):
    """tests/support/layers_net.h."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.GroupNorm(4, 8)
        self.up = nn.ConvTranspose2d(8, 6, 3, stride=2, padding=1, output_padding=1, groups=2)
        self.line = nn.Conv1d(6, 4, 5, stride=3, padding=2, dilation=2, groups=2)
        self.bn = nn.BatchNorm1d(4, eps=1e-3, momentum=0.2)

    def forward(self, x):
        large = self.up(self.norm(self.conv(x)).relu())
        return self.bn(self.line(large.flatten(2))).transpose(1, 2).flatten(1)
