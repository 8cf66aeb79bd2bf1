#!/usr/bin/env bash
# The long run of the fuzz targets: bash tests/fuzz/run.sh [RUNS] [TARGET...]. Each target gets 10,000,000 runs by default, with
# clang's libFuzzer under the address and undefined-behaviour sanitizers; or fewer in FUZZ_SECONDS, where that is set. An input
# that is a finding is kept in build-fuzz/found, and ends the run of its target; the others go on. build-fuzz/log has a line
# for each target. A later run begins with the inputs that this one found worth keeping: runs add up.
set -euo pipefail
cd "$(dirname "$0")/../.."
runs=${1:-10000000}
[ $# -eq 0 ] || shift
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel
[ $# -gt 0 ] || set -- $(cd tests/fuzz/corpus && ls)
cd build-fuzz
mkdir -p found
# Short call stacks and a small quarantine: memory is taken often, and should be fast. To see a whole stack, run the input that was kept alone.
export ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=16:allocator_may_return_null=1
failed=0
for target; do
  mkdir -p "inputs/$target"
  # Short files are fast, and as good: three records of CIFAR-10, one picture. 1 GB of memory at once is a finding.
  length=1536
  [ "$target" != cifar ] || length=9219
  if "fuzz/$target" -runs="$runs" -max_total_time="${FUZZ_SECONDS:-0}" -max_len=$length -entropic=0 -timeout=20 \
    -malloc_limit_mb=1024 -rss_limit_mb=4096 -artifact_prefix="found/$target-" -print_final_stats=1 "inputs/$target" "../tests/fuzz/corpus/$target" >"found/$target.txt" 2>&1; then
    said="$(grep '^Done' "found/$target.txt" || echo "did not end")"
  else
    said="FINDING, see found/$target.txt"
    failed=1
  fi
  echo "$(date -u +%F) $target: $said" | tee -a log
done
exit $failed
