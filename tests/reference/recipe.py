"""The Python that examples/nce/README.md shows is run as it stands there, beside the program.

`python3 tests/reference/recipe.py NCE`: images written by the page's `write_idx`, the page's `features` beside `nce
embed`, and weights from PyTorch by the page's `save` into `nce train --init-from`. Exit code 77 means skipped.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    import torchvision  # noqa: F401: the page's code needs it
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

nce = pathlib.Path(sys.argv[1]).resolve()
page = (pathlib.Path(__file__).parents[2] / "examples/nce/README.md").read_text()
blocks = re.findall(r"```python\n(.*?)```", page, re.S)
assert len(blocks) == 3, f"{len(blocks)} blocks of Python"

random = np.random.default_rng(1)
sets = [(random.integers(0, 256, (n, 12, 12, 3), dtype=np.uint8), np.arange(n) % 4) for n in (32, 16)]


def run(*words):
    print("nce", *words)
    return subprocess.run([nce, *words], check=True, capture_output=True, text=True).stdout


with tempfile.TemporaryDirectory() as folder:
    names = {"train": sets[0], "test": sets[1]}
    exec(compile(blocks[0].replace('f"{split}_', f'f"{folder}/{{split}}_'), "save_npy", "exec"), names)
    for block in blocks[1:]:
        exec(compile(block, "README.md", "exec"), names)

    train = ("train", "--data", "npy", "--root", folder, "--encoder", "resnet18", "--batch", "16", "--epochs", "1")
    run(*train, "--out", folder + "/run")
    run("embed", "--run", folder + "/run", "--out", folder + "/new/x.npy")
    theirs = np.load(folder + "/new/x.npy")
    ours = names["features"](folder + "/run/checkpoint.safetensors", sets[1][0]).numpy()
    difference = np.abs(ours - theirs).max()
    print(f"features: largest difference {difference:.1e}, largest {np.abs(theirs).max():.2f}")
    assert theirs.shape == ours.shape == (16, 512) and np.abs(theirs).max() > 0.1 and difference < 1e-4

    torch.manual_seed(1)
    weights = names["resnet18"](3).state_dict()
    names["save"](folder + "/weights.safetensors", weights)
    told = run(*train, "--out", folder + "/from", "--init-from", folder + "/weights.safetensors", "--lr", "1e-12")
    assert "100 of 100 tensors of the encoder" in told, told
    after, _ = names["load"](folder + "/from/checkpoint.safetensors")
    for name, tensor in after.items():
        if "running" not in name:  # a step moves those
            assert torch.allclose(tensor, weights[name], rtol=0, atol=1e-6), name
    print(f"weights: {len(after)} tensors are PyTorch's")
