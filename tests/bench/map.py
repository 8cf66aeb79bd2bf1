"""Maps of 5,000 MNIST test images: ours beside scikit-learn's t-SNE and PCA.

    python3 map.py MNIST_RAW [--features FEATURES.npy ...] [--points 5000]

MNIST_RAW is the folder of the IDX files. FEATURES.npy come from `nce embed` on the same data: features of the test images, in
their order; they get length 1, as on the page of `nce report`. Trustworthiness and continuity at 5 neighbours by
scikit-learn's definition, the accuracy of 10 nearest neighbours on the map in 5 parts, and seconds of processor time."""
import argparse
import gzip
import os
import resource
import subprocess
import tempfile
import time

import numpy as np
import sklearn.decomposition
import sklearn.manifold
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from children import BIN


def idx(folder, name, skip):
    for suffix, opened in (("", open), (".gz", gzip.open)):
        path = os.path.join(folder, name + suffix)
        if os.path.exists(path):
            with opened(path, "rb") as file:
                return np.frombuffer(file.read()[skip:], np.uint8)
    raise SystemExit(f"map.py: {folder} has no {name}")


def ours(x):
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ("x.npy", "map.npy")]
        np.save(names[0], x)
        subprocess.run([os.path.join(BIN, "nce_bench_map"), *names], check=True)
        return np.load(names[1])


METHODS = {
    "neighbour_embedding": ours,
    "t-SNE": lambda x: sklearn.manifold.TSNE(init="pca", learning_rate="auto", random_state=1).fit_transform(x),
    "PCA": lambda x: sklearn.decomposition.PCA(2).fit_transform(x),
}


def seconds():
    return sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw")
    parser.add_argument("--features", nargs="*", default=[])
    parser.add_argument("--points", type=int, default=5000)
    options = parser.parse_args()
    images = idx(options.raw, "t10k-images-idx3-ubyte", 16).reshape(-1, 784)[: options.points].astype(np.float32) / 255
    labels = idx(options.raw, "t10k-labels-idx1-ubyte", 8)[: options.points]
    sets = [("raw pixels", images)]
    for path in options.features:
        features = np.load(path)[: options.points].astype(np.float32)
        sets.append((os.path.basename(path), features / np.linalg.norm(features, axis=1, keepdims=True)))
    print("| features | map | trustworthiness | continuity | kNN 10 on the map, % | CPU s |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for name, x in sets:
        for method, make in METHODS.items():
            begin = seconds()
            made = make(x)
            took = seconds() - begin
            trust = sklearn.manifold.trustworthiness
            near = cross_val_score(KNeighborsClassifier(10), made, labels, cv=5).mean()
            print(f"| {name} | {method} | {trust(x, made):.4f} | {trust(made, x):.4f} | {100 * near:.1f} | {took:.1f} |",
                  flush=True)


main()
