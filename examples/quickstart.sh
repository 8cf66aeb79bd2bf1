#!/usr/bin/env bash
# Sets up, builds, trains an encoder with InfoNCE and one with SC-InfoNCE on the built-in images, and measures both
# beside raw pixels and the encoder before training: quickstart.sh [FOLDER], where the runs go (default: runs).
set -euo pipefail
if [ $# -gt 1 ] || [ "${1:-}" = --help ]; then
  echo "usage: bash examples/quickstart.sh [FOLDER]   (where the runs go; default: runs)" >&2
  exit 2
fi
runs=$(realpath -m -- "${1:-runs}")
cd "$(dirname "$0")/.."
bash tests/setup.sh
cmake --preset release
cmake --build build --parallel "$(nproc)" --target nce
for loss in info_nce sc_info_nce; do
  if [ -e "$runs/$loss/config.toml" ]; then  # a former start that was interrupted goes on, one that ended stays
    build/bin/nce train --out "$runs/$loss" --resume
  else
    build/bin/nce train --data glyphs --loss "$loss" --epochs 5 --out "$runs/$loss"
  fi
done
build/bin/nce eval --run "$runs/info_nce" --run "$runs/sc_info_nce"
