#!/usr/bin/env bash
# The table of examples/accuracy.md: trains conv4 with InfoNCE and with SC-InfoNCE on MNIST, Fashion-MNIST, CIFAR-10 and a
# folder of pictures, three seeds each, measures all and prints the table: accuracy.sh ROOT [FOLDER]. ROOT holds MNIST/raw,
# FashionMNIST/raw, cifar-10-batches-bin and caltech101-subset; the runs go to FOLDER (default: runs). About an hour on
# 2 cores; it can be interrupted and started again.
set -euo pipefail
if [ $# -lt 1 ] || [ $# -gt 2 ] || [ "$1" = --help ]; then
  echo "usage: bash examples/accuracy.sh ROOT [FOLDER]" >&2
  exit 2
fi
root=$(realpath -- "$1") runs=$(realpath -m -- "${2:-runs}")
cd "$(dirname "$0")/.."
nce=build/bin/nce
[ -x $nce ] || { echo "accuracy.sh: build first: bash examples/quickstart.sh or bash tests/run.sh" >&2; exit 1; }

all=()
experiment() {  # name epochs options: the data set, and what it needs
  local measured=()
  for seed in 1 2 3; do
    for loss in "info_nce" "sc_info_nce --delta 1 --gamma -0.2"; do
      out="$runs/$1-$2-${loss%% *}-$seed"
      if [ -e "$out/config.toml" ]; then
        $nce train --out "$out" --resume
      else
        # shellcheck disable=SC2086
        $nce train "${@:3}" --encoder conv4 --temperature 0.2 --batch 256 --epochs "$2" --seed $seed --loss $loss \
          --out "$out"
      fi
      measured+=(--run "$out") all+=("$out")
    done
  done
  $nce eval "${measured[@]}"
}
for data in "mnist 1" "mnist 5" "fashion_mnist 2" "cifar10 10"; do
  experiment "${data% *}" "${data#* }" --data "${data% *}" --root "$root"
done
experiment caltech101 50 --data folder --root "$root/caltech101-subset" --image-size 64
echo
$nce report "${all[@]}"
