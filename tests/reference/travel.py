"""Weights travel: our ResNets (nn/encoders/resnet.h) and torchvision's have the same weights under the same names.

`python3 tests/reference/travel.py` (PyTorch and torchvision needed) writes travel.json beside this file. It has the names
and shapes of torchvision's state dicts at width 8, and what they compute for weights and images from formula.py. The same
of a projection head with batch norms, and of a network of the layers that these lack.

`python3 tests/reference/travel.py PROGRAM` sends full-size checkpoints both ways through files. PROGRAM is the build's
`tests/travel`. Exit code 77 means skipped.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch

    import formula
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

NETWORKS = ("resnet18", "resnet50", "layers")
TYPES = {"F32": np.float32, "I64": np.int64}


def read_safetensors(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        values = np.frombuffer(data[8 + size + begin:8 + size + end], TYPES[info["dtype"]])
        tensors[name] = torch.from_numpy(values.reshape(info["shape"]).copy())
    return tensors


def write_safetensors(path, tensors):
    header, chunks, at = {}, [], 0
    for name, tensor in tensors.items():
        array = tensor.detach().contiguous().numpy()
        dtype = next(key for key, value in TYPES.items() if value == array.dtype)
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        chunks.append(array.tobytes())
        at += array.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def network_of(name, width=64):
    return formula.Layers() if name == "layers" else formula.resnet(name, width)


def features(net, images):
    with torch.no_grad():
        return net(images.permute(0, 3, 1, 2)).contiguous()


def golden_of(net, inputs):
    formula.fill_by_formula(net)
    state = net.state_dict()
    shapes = {name: list(tensor.shape) for name, tensor in state.items() if "num_batches" not in name}
    last = [name for name in state if name.endswith("running_var")][-1]
    with torch.no_grad():
        result = {"shapes": shapes, "evaluation": net.eval()(inputs), "training": net.train()(inputs)}
    result["running_var"] = net.state_dict()[last]  # as the training pass has left it
    for key in ("evaluation", "training", "running_var"):
        result[key] = [float(f"{v:.7g}") for v in result[key].flatten().tolist()]
    return result | {"last": last}


def golden():
    images = formula.formula_views(0, 2, 16)
    head = torch.nn.Sequential(torch.nn.Linear(768, 16, bias=False), torch.nn.BatchNorm1d(16), torch.nn.ReLU(),
                               torch.nn.Linear(16, 8, bias=False), torch.nn.BatchNorm1d(8))
    result = {name: golden_of(network_of(name, 8), images.permute(0, 3, 1, 2)) for name in NETWORKS}
    result["head"] = golden_of(head, images.flatten(1))
    path = pathlib.Path(__file__).with_name("travel.json")
    path.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in result.items()) + "\n}\n")


def compare(what, ours, theirs):
    difference = (ours - theirs).abs().max().item()
    print(f"{what}: largest difference {difference:.1e}, largest feature {theirs.abs().max().item():.2f}")
    assert theirs.abs().max() > 0.1, "features near zero compare nothing"
    assert difference < 1e-4


def round_trip(program, name):
    with tempfile.TemporaryDirectory() as folder:
        path = {name: pathlib.Path(folder) / f"{name}.safetensors" for name in ("images", "ours", "theirs", "features")}
        images = formula.formula_views(0, 8, 32)
        write_safetensors(path["images"], {"images": images})

        subprocess.run([program, "write", name, path["ours"], path["images"], path["features"]], check=True)
        net = network_of(name)
        net.load_state_dict(read_safetensors(path["ours"]), strict=True)
        compare(f"{name}: ours in PyTorch", read_safetensors(path["features"])["features"], features(net.eval(), images))

        torch.manual_seed(1)
        net = network_of(name)
        features(net.train(), images)  # so that the running statistics are not those of a new network
        write_safetensors(path["theirs"], net.state_dict())  # num_batches_tracked included
        subprocess.run([program, "read", name, path["theirs"], path["images"], path["features"]], check=True)
        compare(f"{name}: PyTorch's in ours", read_safetensors(path["features"])["features"], features(net.eval(), images))


if len(sys.argv) > 1:
    for network in NETWORKS:
        round_trip(sys.argv[1], network)
else:
    golden()
