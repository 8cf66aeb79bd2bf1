"""Golden values and gradients of the losses, in f64, from PyTorch expressions written for the purpose.

Run `python3 tests/reference/losses.py` (PyTorch needed) to write losses.json beside this file.
"""
import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def similarities(z1, z2, temperature):
    return F.normalize(z1, dim=1) @ F.normalize(z2, dim=1).T / temperature


def nt_xent(z1, z2, temperature):
    n = len(z1)
    z = torch.cat([z1, z2])
    s = similarities(z, z, temperature).masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
    return F.cross_entropy(s, torch.arange(2 * n).roll(n))


def info_nce(z1, z2, temperature, symmetric=False):
    s = similarities(z1, z2, temperature)
    labels = torch.arange(len(z1))
    if symmetric:
        return (F.cross_entropy(s, labels) + F.cross_entropy(s.T, labels)) / 2
    return F.cross_entropy(s, labels)


def sc_info_nce(z1, z2, temperature, delta, gamma, denominator="negatives", positive_weight="exact"):
    n = len(z1)
    s = similarities(z1, z2, temperature)
    eye = torch.eye(n, dtype=torch.bool)
    positive = s[eye]
    weights = s.exp() if denominator == "all" else s.exp().masked_fill(eye, 0)
    p = positive.exp() / weights.sum(1)
    extra = p.detach() if positive_weight == "published" else 0
    negative_mean = s[~eye].view(n, n - 1).mean(1)
    return (-p.log() - (delta - 1 + extra) * positive + gamma * negative_mean).mean()


def main():
    cases = []
    torch.manual_seed(1)
    variants = [("nt_xent", nt_xent, {}), ("info_nce", info_nce, {}), ("info_nce", info_nce, {"symmetric": True})]
    for delta, gamma in [(1.0, 0.0), (1.5, 0.5), (1.0, -0.2), (0.5, -0.2)]:
        for denominator in ("negatives", "all"):
            for weight in ("exact", "published"):
                variants.append(("sc_info_nce", sc_info_nce,
                                 {"delta": delta, "gamma": gamma, "denominator": denominator, "positive_weight": weight}))
    for n, d, temperature in [(2, 3, 0.5), (5, 4, 0.1), (6, 3, 0.01)]:
        z1, z2 = torch.randn(n, d), torch.randn(n, d)
        z2 = z1 + 0.7 * z2
        for name, loss, options in variants:
            a, b = z1.clone().requires_grad_(), z2.clone().requires_grad_()
            value = loss(a, b, temperature, **options)
            value.backward()
            cases.append({"loss": name, "n": n, "d": d, "temperature": temperature, **options,
                          "z1": z1.flatten().tolist(), "z2": z2.flatten().tolist(), "value": value.item(),
                          "grad1": a.grad.flatten().tolist(), "grad2": b.grad.flatten().tolist()})
    path = pathlib.Path(__file__).with_name("losses.json")
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{path.name}: {len(cases)} cases")


main()
