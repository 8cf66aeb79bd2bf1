"""Pictures as PNG files train to the same bits as from an IDX file: folder.py NCE [N].

Takes the first N training and N / 4 test digits of MNIST (NCE_DATA; exit code 77 without it), and writes them twice: as
PNG files in folders of classes, and as IDX files in the order of those. Then it trains from both, and compares.
"""
import gzip
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image
except ImportError:
    sys.exit(77)

nce, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 512
raw = pathlib.Path(os.environ.get("NCE_DATA", pathlib.Path(__file__).parents[2] / "../shared/data")) / "MNIST/raw"


def array_of(name, header):
    for path in raw / name, raw / (name + ".gz"):
        if path.exists():
            data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
            return np.frombuffer(data, np.uint8, offset=header)
    print(f"skipped: no {raw / name}")
    sys.exit(77)


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    for name, split, n in ("train", "train", count), ("t10k", "test", count // 4):
        labels = array_of(f"{name}-labels-idx1-ubyte", 8)[:n]
        images = array_of(f"{name}-images-idx3-ubyte", 16).reshape(-1, 28, 28)[:n]
        order = np.argsort(labels, kind="stable")
        labels, images = labels[order], images[order]
        (folder / "idx").mkdir(exist_ok=True)
        (folder / f"idx/{name}-images-idx3-ubyte").write_bytes(idx(images))
        (folder / f"idx/{name}-labels-idx1-ubyte").write_bytes(idx(labels))
        for i, (image, label) in enumerate(zip(images, labels)):
            path = folder / f"png/{split}/{label}/{i:05}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
    checkpoints = []
    for options in "idx", "png":
        data = ["--data", "idx"] if options == "idx" else ["--data", "folder", "--image-size", "28"]
        subprocess.run([nce, "train", *data, "--root", folder / options, "--epochs", "1", "--batch", "128", "--encoder",
                        "mlp", "--flip", "0", "--min-scale", "0.4", "--out", folder / "runs" / options],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        checkpoints.append((folder / "runs" / options / "checkpoint.safetensors").read_bytes())
    assert checkpoints[0] == checkpoints[1], "the weights differ"
    print(f"{count} digits: {len(checkpoints[0])} bytes of weights are the same from IDX and from PNG files")
