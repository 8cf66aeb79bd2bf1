#!/usr/bin/env bash
# Makes the playground, a page on which to see what contrastive losses do, and opens it:
# playground.sh [--no-open] [--out FILE.html] (default: build-wasm/playground.html).
set -euo pipefail
usage() {
  echo "usage: bash examples/playground.sh [--no-open] [--out FILE.html]   (default: build-wasm/playground.html)" >&2
  exit 2
}
out= open=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --no-open) open= ;;
    --out) [ -n "${2:-}" ] || usage; out=$(realpath -m -- "$2"); shift ;;
    *) usage ;;
  esac
  shift
done
[ -z "$out" ] || [ -d "$(dirname "$out")" ] || { echo "playground.sh: there is no folder $(dirname "$out")" >&2; exit 1; }
cd "$(dirname "$0")/.."
bash tests/setup.sh emscripten python3
cmake --preset wasm
cmake --build --preset wasm --parallel "$(nproc)"
page=$PWD/build-wasm/playground.html
if [ -n "$out" ] && [ "$out" != "$page" ]; then
  cp -- "$page" "$out"
  page=$out
fi
echo "$page: open it in a browser"
if [ "$open" ] && command -v xdg-open >/dev/null; then xdg-open "$page"; fi
