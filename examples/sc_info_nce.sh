#!/usr/bin/env bash
# InfoNCE beside SC-InfoNCE and others on images: sc_info_nce.sh ROOT [FOLDER]. ROOT holds MNIST/raw, FashionMNIST/raw and
# cifar-10-batches-bin; the runs go to FOLDER (default: runs/sc_info_nce). A conv4, then a narrow ResNet-18: their files name
# the rows. Prints tables with paired tests, writes a page of each, and says which part of the effect is the target's shape and
# which is drift. It can be stopped and started again. About 4 hours on 2 cores, by seconds of processor a run, training and eval:
# conv4 on MNIST sets 170 x (26 + 19), on CIFAR-10 85 x (62 + 18); ResNet-18 60 x (77 + 47) and 30 x (153 + 50).
set -euo pipefail
if [ $# -lt 1 ] || [ $# -gt 2 ] || [ "$1" = --help ]; then
  echo "usage: bash examples/sc_info_nce.sh ROOT [FOLDER]" >&2
  exit 2
fi
root=$(realpath -- "$1") runs=$(realpath -m -- "${2:-runs/sc_info_nce}")
cd "$(dirname "$0")/.."
[ -x build/bin/nce ] || { echo "sc_info_nce.sh: build first: bash examples/quickstart.sh or bash tests/run.sh" >&2; exit 1; }
status=0
for part in conv4:sc_info_nce resnet:sc_info_nce_resnet; do
  build/bin/nce compare "examples/${part#*:}.toml" --root "$root" --full --jobs "$(nproc)" --out "$runs/${part%%:*}" || status=$?
  [ $status -lt 128 ] || exit $status  # interrupted; after other failures the rest is shown
  for score in linear knn kmeans_acc; do python3 examples/sc_info_nce.py "$runs/${part%%:*}" --score $score; done
done
exit $status
