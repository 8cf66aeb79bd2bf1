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
cmake --build build --parallel "$(nproc)" --target examples
for loss in "info_nce" "sc_info_nce --delta 1 --gamma -0.2"; do
  out="$runs/glyphs-${loss%% *}"
  if [ -e "$out/config.toml" ]; then  # an earlier start: one that was interrupted goes on, one that ended stays
    build/bin/nce train --out "$out" --resume
  else
    # shellcheck disable=SC2086
    build/bin/nce train --data glyphs --encoder conv4 --loss $loss --epochs 5 --out "$out"
  fi
done
build/bin/nce eval --run "$runs/glyphs-info_nce" --run "$runs/glyphs-sc_info_nce"
