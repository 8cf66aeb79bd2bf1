#!/usr/bin/env bash
# The table of examples/accuracy.md: trains conv4 with InfoNCE and with SC-InfoNCE on MNIST, Fashion-MNIST and CIFAR-10,
# three seeds each, measures all and prints the table: accuracy.sh ROOT [FOLDER]. ROOT holds MNIST/raw,
# FashionMNIST/raw and cifar-10-batches-bin; the runs go to FOLDER (default: runs). About 40 minutes on 2 cores; it can be
# interrupted and started again.
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
experiment() {  # data epochs
  local measured=()
  for seed in 1 2 3; do
    for loss in "info_nce" "sc_info_nce --delta 1 --gamma -0.2"; do
      out="$runs/$1-$2-${loss%% *}-$seed"
      if [ -e "$out/config.toml" ]; then
        $nce train --out "$out" --resume
      else
        # shellcheck disable=SC2086
        $nce train --data "$1" --root "$root" --encoder conv4 --temperature 0.2 --batch 256 --epochs "$2" \
          --seed $seed --loss $loss --out "$out"
      fi
      measured+=(--run "$out") all+=("$out")
    done
  done
  $nce eval "${measured[@]}"
}
experiment mnist 1
experiment mnist 5
experiment fashion_mnist 2
experiment cifar10 10
echo
$nce report "${all[@]}"
