#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets, corpus/TARGET/NAME: small files as each parser takes them."""
import gzip
import json
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"
MARKER = b"<|>"  # between the files of targets that take several


def seed(target, name, *files):
    path = CORPUS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(MARKER.join(f if isinstance(f, bytes) else f.encode() for f in files))


def ramp(count):
    return bytes(i * 37 % 256 for i in range(count))


def idx(sizes, values):
    return bytes([0, 0, 8, len(sizes)]) + b"".join(struct.pack(">I", n) for n in sizes) + values


def zipped(data):
    return gzip.compress(data, mtime=0)


def safetensors(tensors, metadata=None):
    """tensors: name -> (dtype, shape, bytes)"""
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for name, (dtype, shape, values) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def floats(*shape):
    count = 1
    for n in shape:
        count *= n
    return ("F32", list(shape), b"".join(struct.pack("<f", i / 8 - 1) for i in range(count)))


def npy(descr, shape, values, version=1):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + values


def pictures():
    golden = json.loads((CORPUS.parent.parent / "reference/pictures.json").read_text())
    files = {entry["name"]: bytes.fromhex(entry["file"]) for entry in golden["files"]}
    tables_gone, png = files["JPEG"], files["PNG RGB"]
    while (at := tables_gone.find(b"\xff\xc4")) >= 0:
        tables_gone = tables_gone[:at] + tables_gone[at + 2 + int.from_bytes(tables_gone[at + 2:at + 4], "big"):]
    seed("picture", "jpeg_without_tables", tables_gone)
    seed("picture", "png_empty_chunk", png[:33] + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", 0x35af061e) + png[33:])
    for entry in golden["files"]:
        name = entry["name"].lower().replace(" ", "_")
        if "orientation" not in name or name.endswith("6"):
            seed("picture", name, bytes.fromhex(entry["file"]))
    for number, entry in enumerate(golden["refused"]):
        if len(entry["file"]) < 2000:
            seed("picture", f"refused_{number}", bytes.fromhex(entry["file"]))
    for order, name in ("<", b"II"), (">", b"MM"):
        tiff = name + struct.pack(order + "HI", 42, 8)
        one = struct.pack(order + "HHHIHHI", 1, 0x112, 3, 1, 6, 0, 0)
        three = struct.pack(order + "H", 3) + struct.pack(order + "HHII", 0x10f, 2, 6, 50) \
            + struct.pack(order + "HHIHH", 0x112, 3, 1, 8, 0) + struct.pack(order + "HHII", 0x8769, 4, 1, 56) \
            + struct.pack(order + "I", 0) + b"Maker\0" + struct.pack(order + "HHHII", 1, 0x9000, 7, 4, 0x30323230)
        for count, directory in ("one", one), ("three", three):
            body = b"Exif\0\0" + tiff + directory
            seed("exif", f"{count}_{name.decode().lower()}", b"\xff\xd8\xff\xe1" + struct.pack(">H", 2 + len(body)) + body + b"\xff\xd9")


def images():
    seed("npy", "grey", npy("|u1", (2, 3, 2), ramp(12)), npy("<i8", (2,), struct.pack("<qq", 3, 0)))
    seed("npy", "colour", npy("<f4", (1, 2, 1, 3), struct.pack("<6f", 0, 0.5, 1, 0, 0, 1), version=2), npy("|b1", (1,), b"\1"))
    seed("npy", "no_images", npy("<f8", (), struct.pack("<d", float("nan"))), npy("<i2", (0, 2), b""))
    labels = idx([3], bytes([1, 0, 9]))
    grey, colour = idx([3, 4, 2], ramp(24)), idx([3, 2, 2, 3], ramp(36))
    seed("idx", "grey", grey, labels)
    seed("idx", "colour", colour, labels)
    seed("idx", "gz", zipped(grey), zipped(labels))
    for name, data in {"labels": labels, "grey": grey, "colour": colour, "zeros": idx([2, 40, 30], bytes(2400))}.items():
        seed("gz", name, data)
        seed("gz", name + ".gz", zipped(data))
    seed("cifar", "one", bytes([3]) + ramp(3072))
    seed("cifar", "two", (bytes([9]) + bytes(3072)) * 2)
    seed("cifar", "hundred", bytes([19, 99]) + ramp(3071) + b"\1")
    seed("stl10", "two", bytes([1, 10]), "0 1 1\n1 0\n", ramp(100))


def weights():
    types = {"F64": 8, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "I64": 8, "U64": 8, "I32": 4, "U32": 4, "I16": 2,
             "U16": 2, "I8": 1, "U8": 1}
    seed("safetensors", "types", safetensors({t.lower(): (t, [3], ramp(3 * n)) for t, n in types.items()}))
    seed("safetensors", "bool", safetensors({"b": ("BOOL", [2, 2], bytes([0, 1, 1, 0])), "none": ("F32", [0, 3], b"")}))
    seed("safetensors", "metadata", safetensors({"w": floats(2, 3), "b": floats()}, {"epoch": "3", "é": "\n"}))
    image = {"encoder": "mlp", "image": "2 2 1", "mean": "0.5", "std": "0.25", "width": "4"}
    mlp = {"layers.0.weight": floats(4, 4), "layers.0.bias": floats(4), "layers.2.weight": floats(2, 4),
           "layers.2.bias": floats(2), "layers.4.weight": floats(1, 2), "layers.4.bias": floats(1)}
    seed("checkpoint", "mlp", b"0" + safetensors(mlp, image))
    seed("checkpoint", "conv4", b"0" + safetensors({"conv1.weight": floats(4, 1, 3, 3)}, image | {"encoder": "conv4"}))
    seed("checkpoint", "gin", b"1" + safetensors({}, {"encoder": "gin", "features": "2", "width": "2", "depth": "1"}))
    seed("checkpoint", "sentences", b"2" + safetensors({"emb_layer.weight": floats(2, 3)},
                                                       {"encoder": "mean", "dim": "3", "tokens": "words", "words": "the cat"}))


def texts():
    run = {"data": {"name": "glyphs", "limit": 100}, "views": {"name": "crop,flip", "min_scale": 0.4, "flip": 0},
           "encoder": {"name": "conv4", "width": 8}, "head": {"layers": 2, "batch_norm": True},
           "loss": {"name": "sc_info_nce", "temperature": 0.2, "delta": 1.5}, "run": {"epochs": 1, "batch": 64, "seed": 1},
           "optimizer": {"name": "adamw", "lr": 0.002}, "schedule": {"name": "cosine"}}
    toml = "".join(f"[{table}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in keys.items()) + "\n"
                   for table, keys in run.items())
    seed("config", "run", toml)
    seed("config", "syntax", "# a\n[data]\nname = 'mnist'\nroot = \"\"\"a\\\n  b\\u00e9\"\"\"\n[run]\nepochs = 0x1F\nbatch = 1_000\n"
         "[loss]\ntemperature = 5e-2\n")
    seed("config", "refused", "[run]\nseed = 1979-05-27T07:32:00Z\n[data]\nname = [1, {a = 2}]\nx.y = inf\n")
    seed("config", "letters", "[run]\nepochs = 1\u00e9\n[data]\n\u00e9 = 2\u1e00\u3042\n")
    seed("config", "empty_list", '[views]\nname = "flip//crop5/"\n')
    seed("sweep", "lists", "[data]\nname = [\"glyphs\", \"mnist\"]\n[loss]\ntemperature = [0.2, 0.5]\n[run]\nseed = [1, 2]\n")
    seed("sweep", "rows", "table = [{ run.epochs = 2 }, { data.limit = [100, 200] }]\n[[row]]\nloss.name = \"dcl\"\n[[row]]\n"
         "loss = { name = \"sc_info_nce\", gamma = [0, -0.2] }\n")
    log = [{"event": "start", "step": 0, "version": "0.1.0"}, {"event": "step", "step": 10, "loss": 5.4, "positive": None},
           {"event": "epoch", "step": 12, "epoch": 1, "seconds": 1.5}]
    seed("log", "run", "".join(json.dumps(line) + "\n" for line in log))
    seed("log", "cut", json.dumps(log[0]) + "\n" + json.dumps(log[1])[:20])
    column = lambda key, title: {"key": key, "title": title, "digest": "0123456789abcdef"}
    scores = {"weights": "0123456789abcdef", "identity": "fedcba9876543210", "protocol": "top-1 accuracy",
              "columns": [column("knn", "kNN 20"), column("linear", "linear")],
              "baselines": [column("raw_pixels", "raw pixels"), column("random_encoder", "random conv4, seed 1")],
              "raw_pixels": {"knn": 0.5, "linear": 0.25}, "random_encoder": {"knn": 0.75, "linear": 1}, "knn": 0.9, "linear": 1}
    seed("eval", "run", json.dumps(scores))
    seed("eval", "no_labels", json.dumps(scores | {"columns": [], "baselines": []}))
    seed("theory_model", "two", '{"P": [0.5, 0.5], "A": [[0.9, 0.1], [0.2, 0.8]], "names": ["a", "b"]}')
    seed("theory_model", "one", '{"P": [1], "A": [[1e0]]}')
    seed("tu", "triangle", "1, 2\n2, 3\n3, 1\n4, 5\n", "1\n1\n1\n2\n2\n", "1\n-1\n", "0\n1\n0\n2\n2\n",
         "0.5,1\n1,2\n3,4e-2\n-1,0\n0,0\n", "1\n1\n2\n1\n")
    seed("tu", "plain", "1,2\n2,1\n", "1\n1\n", "7\n", "", "", "")
    seed("sentences", "groups", "A man plays.\tSomebody plays!\nUn café\tA coffee, please\tcoffee\r\n")
    seed("sentences", "scored", "4.5\tA dog\tA hound\n\t\x20\tno score\n0\tred\tblue-green\n")
    seed("views", "simclr", "crop,flip,jitter,grey,blur<|>min_scale=0.08\ncolor_strength=2\nblur=0.5")
    seed("views", "byol", "crop,flip,blur/crop,flip,blur2,solarize<|>blur2=0.1\nbilinear=true\nsigma_max2=1e0")
    seed("views", "others", "affine,elastic,rand_augment,padded_crop,erasing,identity,posterize3<|>affine_degrees=15\nflip=0")
    seed("options", "all", "share=0.25\ncache_mb=1e3\ncount=-5\nfast=true\ntext=cat,2\nmode=pad\n")
    seed("options", "refused", "share=nan\ncount=99999999999999999999\nfast=1\nmode=cut\nclasses=7,dog,-1\n=\ncash_mb=0x10")
    seed("vocabulary", "words", "words<|>the cat sat<|>The cat sat on 2 mats.")
    seed("vocabulary", "both", "both<|>caf\u00e9 na\u00efve<|>na\u00efve stra\u00dfe \u1ec7")
    seed("weights", "three", "1\n0.5\n0\n")
    seed("weights", "spaced", " 1e-3 \r\n2\r\n")
    seed("arguments", "all", "train\n--seed\n3\n--number=0.5\n--list\n1,2,3\n--text\na b\n--chosen\ncrop\n--flag\n--whole=-7")
    seed("arguments", "refused", "train\n--sed\n010\n--number\n1e999\n--flag=maybe\n--seed\n-1\n--\n-x")
    seed("sentences", "sts", "main\tnews\t2012\t0001\t3.800\tA cat.\tThe cat\tx\nmain\tnews\t2012\t2\t0\ta\tb\n")


if __name__ == "__main__":
    pictures()
    images()
    weights()
    texts()
