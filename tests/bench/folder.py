"""Training from a folder of JPEG files beside torchvision's ImageFolder: folder.py NCE [PICTURES].

Makes PICTURES (10,000) JPEG files of about 300 x 200 pixels in ten classes. Then it measures, with two threads or workers:
the pictures a second that `nce train` decodes and trains on (mlp, one epoch, 64 x 64, two views), all kept and with a cache
of a tenth, with its peak memory; and those that ImageFolder with the same crops, jitter and grey gives, without training.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from PIL import Image
from torchvision import datasets, transforms

nce, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10000
SIZE = 64


def write(folder):
    random = np.random.RandomState(1)
    for i in range(count):
        small = random.randint(0, 256, (8, 12, 3), np.uint8)
        path = folder / f"train/class{i % 10}/{i:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(small).resize((280 + i % 40, 190 + i % 20), Image.BICUBIC).save(path, quality=90)
    (folder / "test/class0").mkdir(parents=True)
    Image.fromarray(small).save(folder / "test/class0/0.jpg")


def ours(folder, megabytes, out):
    before = time.monotonic()
    program = subprocess.Popen([nce, "train", "--data", "folder", "--root", folder, "--image-size", str(SIZE), "--cache-mb",
                                str(megabytes), "--encoder", "mlp", "--epochs", "1", "--threads", "2", "--out", out],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(program.pid, 0)
    assert status == 0
    return count / (time.monotonic() - before), used.ru_maxrss / 1024


def theirs(folder):
    jitter = transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8)
    view = transforms.Compose([transforms.RandomResizedCrop(SIZE), transforms.RandomHorizontalFlip(), jitter,
                               transforms.RandomGrayscale(0.2), transforms.ToTensor()])
    data = datasets.ImageFolder(folder / "train", lambda image: (view(image), view(image)))
    loader = torch.utils.data.DataLoader(data, 256, shuffle=True, num_workers=2, drop_last=True)
    before = time.monotonic()
    for _ in loader:
        pass
    return count / (time.monotonic() - before)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    write(folder)
    whole = count * SIZE * SIZE * 3 / 1e6
    for label, megabytes in ("all kept", 2 * whole), ("a tenth kept", whole / 10):
        speed, memory = ours(folder, megabytes, folder / label)
        print(f"nce, {label}: {speed:.0f} pictures/s from start to end, peak {memory:.0f} MB")
    print(f"ImageFolder, two workers, views alone: {theirs(folder):.0f} pictures/s")
