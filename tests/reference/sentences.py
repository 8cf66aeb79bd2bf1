"""Golden values for the encoders of sentences, in f64: PyTorch's own layers on padded, masked batches.

Run `python3 tests/reference/sentences.py` (PyTorch needed) to write sentences.json beside this file.
"""
import json
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
ROWS, DIM, WIDTH = 11, 8, 6
SENTENCES = [[3, 1, 4, 1, 5], [9], [2, 6, 5, 3], [10, 10]]


def padded(table):
    longest = max(map(len, SENTENCES))
    x = torch.zeros(len(SENTENCES), longest, DIM)
    mask = torch.ones(len(SENTENCES), longest, dtype=torch.bool)  # True: padding
    for i, s in enumerate(SENTENCES):
        x[i, :len(s)] = table[s]
        mask[i, :len(s)] = False
    return x, mask


def masked_mean(x, mask):
    return (x * ~mask[:, :, None]).sum(1) / (~mask).sum(1, keepdim=True)


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb_layer = nn.Embedding(ROWS, DIM)
        self.positions = nn.Embedding(16, DIM)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(DIM, 2, 4 * DIM, 0.0, F.gelu, batch_first=True, norm_first=True) for _ in range(2))
        self.norm = nn.LayerNorm(DIM)
        for p in self.parameters():  # no bias is 0
            nn.init.normal_(p, std=0.5)

    def forward(self):
        x, mask = padded(self.emb_layer.weight)
        x = x + self.positions.weight[:x.shape[1]]
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=mask)
        return masked_mean(self.norm(x), mask)


class Dan(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb_layer = nn.Embedding(ROWS, DIM)
        self.layers = nn.Sequential(nn.Linear(DIM, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH))

    def forward(self):
        return self.layers(masked_mean(*padded(self.emb_layer.weight)))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb_layer = nn.Embedding(ROWS, DIM)
        self.convs = nn.ModuleList(nn.Conv1d(DIM, WIDTH, k, padding=k // 2) for k in (1, 3, 5))

    def forward(self):
        x, mask = padded(self.emb_layer.weight)
        y = torch.cat([conv(x.transpose(1, 2)).relu() for conv in self.convs], 1)
        return y.masked_fill(mask[:, None], -1).amax(2)


def main():
    torch.manual_seed(1)
    golden = {"sentences": SENTENCES}
    for name, module in [("transformer", Transformer()), ("dan", Dan()), ("cnn", Cnn())]:
        out = module()
        weight = torch.randn(out.shape)
        (out * weight).sum().backward()
        state = {k: v.detach() for k, v in module.state_dict().items()}
        grads = {k: p.grad for k, p in module.named_parameters()}
        if name == "cnn":  # ours are linear layers on neighbours side by side
            flat = lambda t: {k: v.permute(0, 2, 1).reshape(len(v), -1) if v.dim() == 3 else v for k, v in t.items()}
            state, grads = flat(state), flat(grads)
        golden[name] = {"state": {k: {"shape": list(v.shape), "values": v.flatten().tolist()} for k, v in state.items()},
                        "out": out.flatten().tolist(), "weight": weight.flatten().tolist(),
                        "grads": {k: v.flatten().tolist() for k, v in grads.items()}}
    path = pathlib.Path(__file__).with_name("sentences.json")
    path.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in golden.items()) + "\n}\n")
    print(f"{path.name}: {len(golden) - 1} encoders")


main()
