#!/usr/bin/env bash
# The long run of the fuzz targets: bash tests/fuzz/run.sh [RUNS] [TARGET...]. Each target gets 10,000,000 runs by default, with
# clang's libFuzzer under the address and undefined-behaviour sanitizers. An input that is a finding is kept in
# build-fuzz/found, and ends the run of its target; the others go on. build-fuzz/log has a line for each target.
set -euo pipefail
cd "$(dirname "$0")/../.."
runs=${1:-10000000}
[ $# -eq 0 ] || shift
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
[ $# -gt 0 ] || set -- $(cd tests/fuzz/corpus && ls)
cd build-fuzz
mkdir -p found
failed=0
for target; do
  mkdir -p "inputs/$target"  # what was found worth keeping, for the next run
  # A file is at most 8 kB here. The parsers hold the machine's memory dear: 1 GB at once is a finding.
  if "fuzz/$target" -runs="$runs" -max_len=8192 -timeout=20 -malloc_limit_mb=1024 -rss_limit_mb=4096 -artifact_prefix="found/$target-" \
    -print_final_stats=1 "inputs/$target" "../tests/fuzz/corpus/$target" >"found/$target.txt" 2>&1; then
    said="$(grep '^Done' "found/$target.txt" || echo "did not end")"
  else
    said="FINDING, see found/$target.txt"
    failed=1
  fi
  echo "$(date -u +%F) $target: $said" | tee -a log
done
exit $failed
