"""Golden values for optimisers, gradient clipping and schedules, in f64, from torch.optim.

Run `python3 tests/reference/optim.py` (PyTorch needed) to write optim.json beside this file. A case takes five steps from a
matrix w and a vector b. Each step's gradient is given, so only the optimiser is tested. PyTorch has no LARS: it is written
below as SimCLR published it (google-research/simclr, lars_optimizer.py), and with the rate outside the momentum, as
torch.optim.SGD has it. The learning rate falls from step to step, as schedules make it.
"""
import json
import pathlib

import torch
from torch.optim import lr_scheduler

torch.set_default_dtype(torch.float64)
STEPS = 5
FALL = [1.0, 0.9, 0.7, 0.4, 0.1]  # shares of the learning rate


class Lars:
    def __init__(self, parameters, lr, momentum, weight_decay, trust_coefficient, rate_in_momentum=True):
        self.param_groups = [{"lr": lr}]
        self.parameters, self.inside = parameters, rate_in_momentum
        self.momentum, self.decay, self.trust = momentum, weight_decay, trust_coefficient
        self.buffers = [torch.zeros_like(p) for p in parameters]

    @torch.no_grad()
    def step(self):
        lr = self.param_groups[0]["lr"]
        for p, buffer in zip(self.parameters, self.buffers):
            trust, gradient = 1.0, p.grad
            if p.dim() > 1:  # neither a bias nor of a normalisation layer
                gradient = gradient + self.decay * p
                if p.norm() > 0 and gradient.norm() > 0:
                    trust = self.trust * p.norm() / gradient.norm()
            if self.inside:
                buffer.mul_(self.momentum).add_(lr * trust * gradient)
                p.sub_(buffer)
            else:
                buffer.mul_(self.momentum).add_(trust * gradient)
                p.sub_(lr * buffer)


OPTIMIZERS = [
    ("sgd", torch.optim.SGD, {"lr": 0.1}),
    ("sgd", torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.05}),
    ("sgd", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    ("sgd", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05}),
    ("sgd", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05}),
    ("adam", torch.optim.Adam, {}),
    ("adam", torch.optim.Adam, {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}),
    ("adamw", torch.optim.AdamW, {}),
    ("adamw", torch.optim.AdamW, {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}),
    ("sparse_adam", torch.optim.Adam, {}),  # dense gradients; sparse_case has the others
    ("lars", Lars, {"lr": 2.0, "momentum": 0.9, "weight_decay": 0.01, "trust_coefficient": 0.02}),
    ("lars", Lars, {"lr": 2.0, "momentum": 0.9, "weight_decay": 0.01, "trust_coefficient": 0.02,
                    "rate_in_momentum": False}),
]


def flat(tensors):
    return [x for t in tensors for x in t.flatten().tolist()]


def optimizer_case(name, make, options, grouped, w, b, gradients):
    """`grouped`: the vector b is not decayed, which PyTorch says by parameter groups."""
    p = [w.clone().requires_grad_(), b.clone().requires_grad_()]
    groups = [{"params": [p[0]]}, {"params": [p[1]], "weight_decay": 0.0}] if grouped else p
    optimizer = make(groups, **options)
    lr = optimizer.param_groups[0]["lr"]
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = lr * FALL[step]
        for q, gradient in zip(p, gradients[step]):
            q.grad = gradient.clone()
        optimizer.step()
    options = dict(options)
    if "betas" in options:
        options["beta1"], options["beta2"] = options.pop("betas")
    if grouped:
        options["decay_norms_and_biases"] = False
    return {"name": name, "options": options, "result": flat(p)}


def sparse_case(options):
    """SparseAdam on a table whose row 0 never occurs, row 3 twice in a bag, and whose other rows rest for some steps."""
    bags = [([3, 1, 3, 2], [0, 3]), ([5, 1], [0, 1]), ([4], [0, 0]), ([3, 2, 5, 5], [0, 2]), ([1, 2, 3, 4], [0, 1])]
    weight = torch.randint(-64, 65, (6, 3)) / 64
    table = torch.nn.EmbeddingBag.from_pretrained(weight.clone(), freeze=False, mode="sum", sparse=True)
    optimizer = torch.optim.SparseAdam(table.parameters(), **options)
    steps = []
    for index, starts in bags:
        gradient = torch.randn(2, 3)
        optimizer.zero_grad()
        table(torch.tensor(index), torch.tensor(starts)).backward(gradient)
        optimizer.step()
        steps.append({"index": index, "offsets": starts + [len(index)], "gradient": flat([gradient])})
    options = {"lr": options["lr"], "beta1": options["betas"][0], "beta2": options["betas"][1], "eps": options["eps"]}
    return {"options": options, "table": flat([weight]), "steps": steps, "result": flat(table.parameters())}


def clip_case(limit, w, b, by_value):
    p = [torch.zeros_like(w).requires_grad_(), torch.zeros_like(b).requires_grad_()]
    p[0].grad, p[1].grad = w.clone(), b.clone()
    norm = 0.0
    if by_value:
        torch.nn.utils.clip_grad_value_(p, limit)
    else:
        norm = torch.nn.utils.clip_grad_norm_(p, limit).item()
    return {"by_value": by_value, "limit": limit, "norm": norm, "result": flat(q.grad for q in p)}


def schedule_case(name, options, after, steps):
    lr, warmup = options["lr"], options.get("warmup_steps", 0)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    schedulers = [after(optimizer)]
    if warmup:
        start = lr_scheduler.LinearLR(optimizer, start_factor=1 / (warmup + 1), total_iters=warmup)
        schedulers.insert(0, start)
    scheduler = lr_scheduler.SequentialLR(optimizer, schedulers, [warmup]) if warmup else schedulers[0]
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return {"name": name, "options": options, "rates": rates}


def schedules():
    for warmup in (0, 5):
        common = {"lr": 0.3, "total_steps": 25, "warmup_steps": warmup}
        length = 25 - warmup
        yield schedule_case("constant", common, lambda o: lr_scheduler.ConstantLR(o, factor=1.0, total_iters=0), 30)
        yield schedule_case("step", {**common, "step_size": 6, "gamma": 0.5},
                            lambda o: lr_scheduler.StepLR(o, step_size=6, gamma=0.5), 30)
        for final in (0.0, 0.1):
            options = {**common, "final_factor": final}
            yield schedule_case("linear", options,
                                lambda o: lr_scheduler.LinearLR(o, start_factor=1.0, end_factor=final, total_iters=length), 30)
            # CosineAnnealingLR rises again after its end, where ours stays.
            yield schedule_case("cosine", options,
                                lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=length, eta_min=0.3 * final), 26)


def main():
    torch.manual_seed(1)
    w, b = torch.randn(3, 4), torch.randn(5)
    gradients = [[torch.randn(3, 4), torch.randn(5)] for _ in range(STEPS)]
    optimizers = []
    for name, make, options in OPTIMIZERS:
        optimizers.append(optimizer_case(name, make, options, False, w, b, gradients))
        if options.get("weight_decay") and name != "lars":
            optimizers.append(optimizer_case(name, make, options, True, w, b, gradients))
    clips = [clip_case(limit, w, b, by_value) for by_value in (False, True) for limit in (0.5, 100.0)]
    sparse = sparse_case({"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-4})
    golden = {"w": flat([w]), "b": flat([b]), "gradients": [flat(g) for g in gradients], "fall": FALL, "optimizers": optimizers,
              "clips": clips, "schedules": list(schedules()), "sparse": sparse}
    path = pathlib.Path(__file__).with_name("optim.json")
    path.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in golden.items()) + "\n}\n")
    print(f"{path.name}: {len(optimizers)} optimisers, {len(clips)} clips, {len(golden['schedules'])} schedules")


main()
