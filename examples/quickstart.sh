#!/usr/bin/env bash
# Sets up, builds, and trains a small encoder on MNIST with InfoNCE and with SC-InfoNCE: quickstart.sh ROOT, where ROOT
# holds MNIST/raw with the four files of the distribution, plain or gzipped.
set -euo pipefail
if [ $# -ne 1 ]; then
  echo "usage: bash examples/quickstart.sh ROOT   (ROOT holds MNIST/raw)" >&2
  exit 2
fi
root=$(realpath -- "$1")
cd "$(dirname "$0")/.."
bash tests/setup.sh
cmake --preset release
cmake --build build --parallel "$(nproc)" --target simclr_digits
for loss in info_nce sc_info_nce; do
  build/bin/simclr_digits "$root" 1 "$loss"
done
