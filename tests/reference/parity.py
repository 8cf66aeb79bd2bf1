"""The loss curves that tests/training/parity.cpp compares ours with. PyTorch trains encoder and head for 100 steps, in
f32 and in f64; weights and batches come from formula.py.

Run `python3 tests/reference/parity.py` (PyTorch and torchvision needed) to write parity.json beside this file.

In f32, rounding flips a ReLU or a max pool now and then. Batch norm and large steps amplify that. With SGD at rates 0.02
(conv4, 32 pairs) and 0.01 (resnet18, 16 pairs), PyTorch's own f32 curve leaves its f64 curve by 0.8 % and 9 % within 100
steps. So f32 uses rates at which PyTorch agrees with itself. `drift`, kept with each curve, is how far it strays: the
largest relative difference from f64 at that rate. The larger rates are compared in f64, where two implementations agree.
"""
import json
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

import formula

STEPS = 100
SETTINGS = {  # encoder: pairs a batch, image size, width
    "mlp": (32, 16, 128),
    "conv4": (64, 16, 16),
    "resnet18": (32, 16, 16),
}
OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"momentum": 0.9, "weight_decay": 1e-4}),
    "adamw": (torch.optim.AdamW, {"weight_decay": 1e-2}),
}
RATES = {  # learning rates in f32 and f64
    ("mlp", "sgd"): (0.05, 0.05),
    ("mlp", "adamw"): (1e-3, 1e-3),
    ("conv4", "sgd"): (0.001, 0.02),
    ("conv4", "adamw"): (1e-4, 1e-3),
    ("resnet18", "sgd"): (0.0004, 0.003),
    ("resnet18", "adamw"): (3e-5, 3e-4),
}


def nt_xent(z, temperature):
    z = F.normalize(z, dim=1)
    s = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool), -torch.inf)
    return F.cross_entropy(s, torch.arange(len(z)).roll(len(z) // 2))


def curve(encoder, optimizer, lr, dtype):
    pairs, size, width = SETTINGS[encoder]
    net = {"mlp": lambda: formula.Mlp(size * size * 3, width), "conv4": lambda: formula.Conv4(width),
           "resnet18": lambda: formula.resnet("resnet18", width)}[encoder]()
    features = {"mlp": width // 4, "conv4": 4 * width, "resnet18": 8 * width}[encoder]
    model = nn.ModuleDict({"encoder": net, "head": nn.Sequential(nn.Linear(features, 64), nn.ReLU(), nn.Linear(64, 32))})
    formula.fill_by_formula(model)
    model.to(dtype)
    make, options = OPTIMIZERS[optimizer]
    opt = make(model.parameters(), lr=lr, **options)
    losses = []
    for step in range(STEPS):
        x = formula.formula_views(step, pairs, size).permute(0, 3, 1, 2).to(dtype)
        loss = nt_xent(model["head"](model["encoder"](x)), 0.5)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


def both(encoder, optimizer):
    """The f32 curve with its drift, and the f64 curve."""
    pairs, size, width = SETTINGS[encoder]
    gentle, large = RATES[encoder, optimizer]
    curves = []
    for dtype, lr, digits in ((torch.float32, gentle, 8), (torch.float64, large, 12)):
        losses = curve(encoder, optimizer, lr, dtype)
        about = {"encoder": encoder, "optimizer": optimizer, "dtype": "f32" if dtype == torch.float32 else "f64",
                 "pairs": pairs, "size": size, "width": width, "lr": lr}
        if dtype == torch.float32:
            exact = curve(encoder, optimizer, lr, torch.float64)
            about["drift"] = float(f"{max(abs(a - b) / b for a, b in zip(losses, exact)):.2g}")
        print(about, f"loss {losses[0]:.4f} to {losses[-1]:.4f}", flush=True)
        curves.append(about | {"losses": [float(f"{v:.{digits}g}") for v in losses]})
    return curves


def write(curves):
    path = pathlib.Path(__file__).with_name("parity.json")
    path.write_text("[\n" + ",\n".join(json.dumps(c) for c in curves) + "\n]\n")


if __name__ == "__main__":
    write([c for pair in RATES for c in both(*pair)])
