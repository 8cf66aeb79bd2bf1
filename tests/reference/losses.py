"""Golden values and gradients of the losses, in f64, from PyTorch expressions written for the purpose.

Run `python3 tests/reference/losses.py` (PyTorch needed) to write losses.json beside this file: a list of batches,
each with its inputs and its cases. A case names the loss and its options as losses/catalogue.h does, and has the value
and the gradient by each input. (Names that are not in the catalogue: tests/losses/golden.cpp.)
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def similarities(z1, z2, temperature):
    return F.normalize(z1, dim=1) @ F.normalize(z2, dim=1).T / temperature


def eye(n):
    return torch.eye(n, dtype=torch.bool)


def others(s):
    """(n, n) without its diagonal: (n, n - 1)."""
    n = len(s)
    return s[~eye(n)].view(n, n - 1)


# ---- cross-entropies: the positive is in the denominator


def nt_xent(z1, z2, temperature, self_contrast=False):
    n = len(z1)
    z = torch.cat([z1, z2])
    s = similarities(z, z, temperature)
    s = s if self_contrast else s.masked_fill(eye(2 * n), -torch.inf)
    return F.cross_entropy(s, torch.arange(2 * n).roll(n))


def nt_xent_of_views(*views, temperature, num_views, self_contrast=False):
    n = len(views[0])
    z = torch.cat(views)
    s = similarities(z, z, temperature)
    log_p = (s if self_contrast else s.masked_fill(eye(num_views * n), -torch.inf)).log_softmax(1)
    positives = eye(n).repeat(num_views, num_views) & ~eye(num_views * n)
    return -log_p[positives].mean()


def negatives_of(a, b, temperature, negatives):
    """The logits of a's negatives: (n, n - 1), of both views (n, 2n - 2)."""
    views = {"other_view": [b], "own_view": [a], "both_views": [b, a]}[negatives]
    return torch.cat([others(similarities(a, view, temperature)) for view in views], 1)


def info_nce(z1, z2, temperature, symmetric=False, negatives="other_view"):
    def one_way(a, b):
        positive = similarities(a, b, temperature).diag()
        logits = torch.cat([positive[:, None], negatives_of(a, b, temperature, negatives)], 1)
        return F.cross_entropy(logits, torch.zeros(len(a), dtype=torch.long))

    return (one_way(z1, z2) + one_way(z2, z1)) / 2 if symmetric else one_way(z1, z2)


def moco(queries, keys, queue, temperature):
    positive = similarities(queries, keys.detach(), temperature).diag()
    logits = torch.cat([positive[:, None], similarities(queries, queue.detach(), temperature)], 1)
    return F.cross_entropy(logits, torch.zeros(len(queries), dtype=torch.long))


def sup_con_of_rows(z, labels, temperature, base_temperature=None, all_anchors=False):
    n = len(z)
    labels = torch.tensor(labels)
    log_p = similarities(z, z, temperature).masked_fill(eye(n), -torch.inf).log_softmax(1)
    positives = (labels[:, None] == labels[None]) & ~eye(n)
    count = positives.sum(1)
    by_row = -log_p.masked_fill(~positives, 0).sum(1)
    total = (by_row[count > 0] / count[count > 0]).sum() * temperature / (base_temperature or temperature)
    return total / (n if all_anchors else (count > 0).sum())


def sup_con(*views, labels, temperature, num_views=2, **options):
    return sup_con_of_rows(torch.cat(views), labels * num_views, temperature, **options)


def hard_info_nce(z1, z2, temperature, beta, tau_plus):
    n = len(z1)
    z = torch.cat([z1, z2])
    negative = ~(eye(n).repeat(2, 2))
    e = similarities(z, z, temperature).exp()
    positive = e.diagonal(n).repeat(2)
    e = e[negative].view(2 * n, 2 * n - 2)
    mean = (e ** (1 + beta)).sum(1) / (e**beta).sum(1)
    g = ((mean - tau_plus * positive) / (1 - tau_plus)).clamp(min=math.exp(-1 / temperature))
    return -(positive / (positive + (2 * n - 2) * g)).log().mean()


def debiased_info_nce(z1, z2, temperature, tau_plus):
    return hard_info_nce(z1, z2, temperature, 0, tau_plus)


# ---- the positive is not in the denominator


def sc_info_nce(z1, z2, temperature, delta, gamma, denominator="negatives", positive_weight="exact"):
    n = len(z1)
    s = similarities(z1, z2, temperature)
    positive = s.diag()
    weights = s.exp() if denominator == "all" else s.exp().masked_fill(eye(n), 0)
    p = positive.exp() / weights.sum(1)
    extra = p.detach().clamp(max=1e30) if positive_weight == "published" else 0  # the bound is ours
    return (-p.log() - (delta - 1 + extra) * positive + gamma * others(s).mean(1)).mean()


def dcl(z1, z2, temperature, negatives="other_view", symmetric=False, sigma=None, stop_gradient=True):
    def one_way(a, b):
        positive = similarities(a, b, temperature).diag()
        weight = 1
        if sigma is not None:
            weight = 2 - len(a) * (similarities(a, b, sigma).diag()).softmax(0)
            weight = weight.detach() if stop_gradient else weight
        return (-weight * positive + negatives_of(a, b, temperature, negatives).logsumexp(1)).mean()

    return (one_way(z1, z2) + one_way(z2, z1)) / 2 if symmetric else one_way(z1, z2)


dclw = dcl


def is_info_nce(z1, z2, z3, temperature):
    positive = similarities(z1, z2, temperature).diag()
    return (others(similarities(z3, z3, temperature)).logsumexp(1) - positive).mean()


def dhel(z1, z2, temperature, both_views=False):
    def energy(z):
        return others(similarities(z, z, temperature)).logsumexp(1).mean()

    loss = -similarities(z1, z2, temperature).diag().mean() + energy(z1)
    return loss + energy(z2) if both_views else loss


# ---- sums over pairs


def sig_lip_learned(z1, z2, logit_scale, logit_bias):
    s = similarities(z1, z2, 1) * logit_scale.exp() + logit_bias
    return -F.logsigmoid(torch.where(eye(len(s)), s, -s)).sum() / len(s)


def sig_lip(z1, z2, temperature, bias):
    return sig_lip_learned(z1, z2, torch.tensor(-math.log(temperature)), torch.tensor(bias))


def triplet(z1, z2, margin=0.2, soft=False, temperature=1):
    if soft:
        s = similarities(z1, z2, temperature)
        return F.softplus(others(s) - s.diag()[:, None]).mean()
    u, v = F.normalize(z1, dim=1), F.normalize(z2, dim=1)
    distance = ((u[:, None] - v[None]) ** 2).sum(2)
    return (distance.diag()[:, None] - others(distance) + margin).relu().mean()


def simple_contrastive(z1, z2, temperature, positive_in_mean=False):
    s = similarities(z1, z2, temperature)
    return (s if positive_in_mean else others(s)).sum(1).mean() / (len(s) - 1) - s.diag().mean()


def spectral_contrastive(z1, z2, temperature, normalised=True):
    s = similarities(z1, z2, temperature) if normalised else z1 @ z2.T
    return -2 * s.diag().mean() + (others(s) ** 2).mean()


def gkcl(z1, z2, energy, kernel="gaussian", t=2, c=2, s=-1, normalised=True):
    kernels = {
        "gaussian": lambda r: (-t * r**2).exp(),
        "log": lambda r: -(1 + t * r**2).log(),
        "imq": lambda r: c / (c**2 + r**2).sqrt(),
        "riesz": lambda r: -r.log() if s == 0 else math.copysign(1, s) * r**-s,
    }
    near, far = (kernels[name] for name in (kernel.split("_") * 2)[:2])
    u, v = (F.normalize(z, dim=1) if normalised else z for z in (z1, z2))
    return energy * (far(torch.pdist(u)).mean() + far(torch.pdist(v)).mean()) - 2 * near((u - v).norm(dim=1)).mean()


def f_micl(z1, z2, temperature, divergence, alpha, mu=1, order=1.5, negatives="own_view"):
    """f' and f* as the paper's table has them, at the kernel itself."""
    slope, conjugate = {
        "kl": (lambda u: u.log() + 1, lambda t: (t - 1).exp()),
        "chi2": (lambda u: 2 * (u - 1), lambda t: t + t**2 / 4),
        "js": (lambda u: (2 * u / (u + 1)).log(), lambda t: -(2 - t.exp()).log()),
        "squared_hellinger": (lambda u: 1 - u**-0.5, lambda t: t / (1 - t)),
        "tsallis": (lambda u: order / (order - 1) * u ** (order - 1),
                    lambda t: ((order - 1) / order * t) ** (order / (order - 1))),
        "vlc": (lambda u: 1 - 4 / (u + 1) ** 2, lambda t: 4 - t - 4 * (1 - t).sqrt()),
    }[divergence]
    u, v = F.normalize(z1, dim=1), F.normalize(z2, dim=1)

    def kernel(x, y):
        return mu * (-((x[:, None] - y[None]) ** 2).sum(2) / (2 * temperature)).exp()

    views = {"other_view": [v], "own_view": [u], "both_views": [u, v]}[negatives]
    negative = torch.cat([others(kernel(u, view)) for view in views], 1)
    return -slope(kernel(u, v).diag()).mean() + alpha * conjugate(slope(negative)).mean()


def t_simcne(z1, z2):
    n = len(z1)
    z = torch.cat([z1, z2])
    q = 1 / (1 + ((z[:, None] - z[None]) ** 2).sum(2))
    return F.cross_entropy(q.log().masked_fill(eye(2 * n), -torch.inf), torch.arange(2 * n).roll(n))


# ---- dimensions instead of pairs


def barlow_twins(z1, z2, **options):
    scale = options.pop("lambda")
    x, y = (F.batch_norm(z, None, None, training=True, eps=1e-5) for z in (z1, z2))
    c = x.T @ y / len(z1)
    return ((c.diag() - 1) ** 2).sum() + scale * (others(c) ** 2).sum()


def vicreg(z1, z2, invariance=25, variance=25, covariance=1):
    loss = invariance * F.mse_loss(z1, z2)
    for z in (z1, z2):
        loss = loss + variance / 2 * (1 - (z.var(0) + 1e-4).sqrt()).relu().mean()
        loss = loss + covariance * (others(torch.cov(z.T)) ** 2).sum() / z.shape[1]
    return loss


def negative_cosine_one_way(p, z, stop_gradient=True):
    return -F.cosine_similarity(p, z.detach() if stop_gradient else z).mean()


def negative_cosine(z1, z2, stop_gradient=True):
    return (negative_cosine_one_way(z1, z2, stop_gradient) + negative_cosine_one_way(z2, z1, stop_gradient)) / 2


def variants(temperature):
    """(loss, function, names of its inputs, options)."""
    def of(function, options, inputs=("z1", "z2"), name=None):
        return name or function.__name__, function, inputs, options

    tau = {"temperature": temperature}
    yield of(nt_xent, tau)
    for options in ({}, {"self_contrast": True}):
        yield of(nt_xent_of_views, {**tau, "num_views": 3, **options}, ("z1", "z2", "z3"), name="nt_xent")
    yield of(nt_xent, {**tau, "self_contrast": True})
    for symmetric in (False, True):
        for negatives in ("other_view", "own_view", "both_views"):
            yield of(info_nce, {**tau, "symmetric": symmetric, "negatives": negatives})
    for delta, gamma in [(1.0, 0.0), (1.5, 0.5), (1.0, -0.2), (0.5, -0.2)]:
        for denominator in ("negatives", "all"):
            for weight in ("exact", "published"):
                yield of(sc_info_nce, {**tau, "delta": delta, "gamma": gamma, "denominator": denominator,
                                       "positive_weight": weight})
    for negatives in ("other_view", "own_view", "both_views"):
        for symmetric in (False, True):
            options = {**tau, "negatives": negatives, "symmetric": symmetric}
            yield of(dcl, options)
            for stop in (True, False):
                yield of(dcl, {**options, "sigma": 0.5, "stop_gradient": stop}, name="dclw")
    yield of(dhel, tau)
    yield of(dhel, {**tau, "both_views": True})
    yield of(is_info_nce, tau, ("z1", "z2", "z3"))
    yield of(moco, tau, ("z1", "z2", "queue"))
    yield of(sup_con, tau, ("z1", "z2", "labels"))
    yield of(sup_con, {**tau, "num_views": 3}, ("z1", "z2", "z3", "labels"))
    yield of(sup_con_of_rows, tau, ("z1", "labels"))
    yield of(sup_con, {**tau, "base_temperature": 0.07}, ("z1", "z2", "labels"))
    yield of(sup_con_of_rows, {**tau, "base_temperature": 0.07, "all_anchors": True}, ("z1", "labels"))
    for tau_plus in (0.0, 0.1, 0.4):
        yield of(debiased_info_nce, {**tau, "tau_plus": tau_plus})
        for beta in (0.5, 1.0):
            yield of(hard_info_nce, {**tau, "tau_plus": tau_plus, "beta": beta})
    yield of(sig_lip_learned, {}, ("z1", "z2", "logit_scale", "logit_bias"))
    yield of(sig_lip, {**tau, "bias": -3.0})
    yield of(triplet, {"margin": 0.2})
    yield of(triplet, {"margin": 1.0})
    yield of(triplet, {**tau, "soft": True})
    yield of(t_simcne, {})
    yield of(simple_contrastive, tau)
    yield of(simple_contrastive, {**tau, "positive_in_mean": True})
    yield of(spectral_contrastive, tau)
    yield of(spectral_contrastive, {**tau, "normalised": False})
    for divergence in ("kl", "chi2", "js", "squared_hellinger", "tsallis", "vlc"):
        yield of(f_micl, {**tau, "divergence": divergence, "alpha": 40.0})
        yield of(f_micl, {**tau, "divergence": divergence, "alpha": 2.0, "mu": 0.5, "order": 3.0})
        for negatives in ("other_view", "both_views"):
            yield of(f_micl, {**tau, "divergence": divergence, "alpha": 2.0, "mu": 0.5, "negatives": negatives})
    for normalised in (True, False):
        for options in ({"energy": 16.0}, {"energy": 3.0, "t": 0.5 / temperature}, {"energy": 8.0, "kernel": "log"},
                        {"energy": 16.0, "kernel": "imq", "c": 0.7}, {"energy": 16.0, "kernel": "riesz"},
                        {"energy": 16.0, "kernel": "riesz", "s": 0}, {"energy": 16.0, "kernel": "riesz", "s": 1.5},
                        {"energy": 16.0, "kernel": "gaussian_riesz", "s": 2.0}):
            yield of(gkcl, {**options, "normalised": normalised})
    yield of(barlow_twins, {"lambda": 0.005})
    yield of(vicreg, {})
    yield of(vicreg, {"invariance": 1.0, "variance": 2.0, "covariance": 3.0})
    for loss in (negative_cosine, negative_cosine_one_way):
        yield of(loss, {})
        yield of(loss, {"stop_gradient": False})


def main():
    torch.manual_seed(1)
    batches = []
    for n, d, temperature, labels in [(2, 3, 0.5, [4, 4]), (5, 4, 0.1, [0, 7, 0, 2, 7]),
                                      (6, 3, 0.01, [1, 1, -1, 1, 0, 2]), (7, 5, 0.05, [0, 1, 2, 3, 3, 1, 1])]:
        z1, z2, z3, queue = (torch.randn(n, d), torch.randn(n, d), torch.randn(n, d), torch.randn(3, d))
        inputs = {"z1": z1, "z2": z1 + 0.7 * z2, "z3": z1 + 0.7 * z3, "queue": queue,
                  "logit_scale": torch.tensor(-math.log(temperature)),
                  "logit_bias": torch.tensor(-0.4 / temperature)}
        cases = []
        for name, loss, names, options in variants(temperature):
            if loss is barlow_twins and n == 2:  # two standardised numbers are 1 and -1, whatever they were
                continue
            given = {k: inputs[k].clone().requires_grad_() for k in names if k != "labels"}
            known = {"labels": labels} if "labels" in names else {}
            value = loss(*given.values(), **known, **options)
            value.backward()
            grads = {k: (torch.zeros_like(x) if x.grad is None else x.grad).flatten().tolist()
                     for k, x in given.items() if k != "queue"}
            cases.append({"loss": name, **options, "value": value.item(), "grads": grads})
        batches.append({"n": n, "d": d, "labels": labels, **{k: x.flatten().tolist() for k, x in inputs.items()},
                        "cases": cases})
    path = pathlib.Path(__file__).with_name("losses.json")
    lines = []
    for batch in batches:
        cases = ",\n".join(json.dumps(case) for case in batch.pop("cases"))
        lines.append(json.dumps(batch)[:-1] + ', "cases": [\n' + cases + "\n]}")
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"{path.name}: {sum(len(batch['cases']) for batch in json.loads(path.read_text()))} cases")


main()
