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
# Memory is taken often, and should be fast: little is kept of what was freed, and of stacks as much as finding leaks needs. To
# see whole stacks, run the input that was kept alone. 1 GB at once is a finding.
export ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=1:thread_local_quarantine_size_kb=16:max_allocation_size_mb=1024
ASAN_OPTIONS+=:use_sigaltstack=0:detect_stack_use_after_return=0
failed=0
for target; do
  mkdir -p "inputs/$target"
  # Short files are fast, and as good: none longer than the longest seed. Leaks are looked for at the end, once.
  length=$(find "../tests/fuzz/corpus/$target" -type f -printf '%s\n' | sort -n | tail -1)
  if "fuzz/$target" -runs="$runs" -max_total_time="${FUZZ_SECONDS:-0}" -max_len=$((length < 128 ? 128 : length)) -entropic=0 \
    -reduce_inputs=0 -detect_leaks=0 -print_funcs=0 -timeout=20 -rss_limit_mb=4096 -artifact_prefix="found/$target-" \
    -print_final_stats=1 "inputs/$target" "../tests/fuzz/corpus/$target" >"found/$target.txt" 2>&1; then
    said="$(grep '^Done' "found/$target.txt" || echo "did not end")"
  else
    said="FINDING, see build-fuzz/found/$target.txt"
    failed=1
  fi
  echo "$(date -u +%F) $target: $said" | tee -a log
done
exit $failed
