"""Prints the values that tests/nn/modules.cpp pins for the optimisers: w = 1, loss w^2, three steps, f64."""
import torch

CASES = {
    "SGDM": (torch.optim.SGD, {"momentum": 0.9}),
    "SGDN": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    "ADAM": (torch.optim.Adam, {"weight_decay": 0.1}),
    "ADAMW": (torch.optim.AdamW, {"weight_decay": 0.1}),
}
for name, (optimizer, options) in CASES.items():
    w = torch.ones(1, dtype=torch.float64, requires_grad=True)
    opt = optimizer([w], lr=0.1, **options)
    for _ in range(3):
        opt.zero_grad()
        (w * w).sum().backward()
        opt.step()
    print(name, repr(w.item()))
