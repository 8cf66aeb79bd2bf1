# What graphs.sh and sentences.sh share: runs of several losses, five seeds of each, that can be stopped and started again.
# Sourced, not run.
#
#   prepare NAME ROOT [FOLDER]   checks the arguments; sets $root and $runs (default: runs/NAME)
#   add NAME OPTIONS             runs "NAME-1" .. "NAME-5" with these options of `nce train` and seeds 1 to 5. In OPTIONS, '"$root"'
#                                stands for ROOT
#   first NAME                   ends a group: those runs of it are what the others are compared with, and are measured beside
#                                what learned nothing
#   finish                       trains and measures all, seed by seed, two at once on two cores, and prints the tables

prepare() {
  if [ $# -lt 2 ] || [ $# -gt 3 ] || [ "$2" = --help ]; then
    echo "usage: bash examples/$1.sh ROOT [FOLDER]" >&2
    exit 2
  fi
  script=$1 root=$(realpath -- "$2") runs=$(realpath -m -- "${3:-runs/$1}") jobs=() all=() first=() groups=()
  cd "$(dirname "$0")/.."
  [ -x build/bin/nce ] || { echo "$1.sh: build first: bash examples/quickstart.sh or bash tests/run.sh" >&2; exit 1; }
  export script root runs
}

add() {
  for seed in $(seq "${seeds:-5}"); do jobs+=("$seed $1-$seed $2 --seed $seed") all+=("$runs/$1-$seed"); done
}

first() {
  groups+=("${#all[@]}")
  for run in "${all[@]}"; do [[ $run != "$runs/$1"-+([0-9]) ]] || first+=("$run"); done
}

one_run() {  # name options...
  local out="$runs/$1" log
  if [ ! -e "$out/config.toml" ]; then
    log=$(build/bin/nce train --threads 1 --out "$out" "${@:2}" 2>&1)
  else
    log=$(build/bin/nce train --threads 1 --out "$out" --resume 2>&1)
  fi || { echo "$script.sh: $1 failed: ${log##*nce: }" >&2; exit 1; }
  [ -e "$out/eval.json" ] || build/bin/nce eval --threads 1 --no-baselines --run "$out" >/dev/null
  echo "$1"
}
export -f one_run

finish() {
  printf '%s\n' "${jobs[@]}" | sort -s -n -k 1,1 | cut -d ' ' -f 2- | xargs -d '\n' -P "$(nproc)" -I{} bash -c 'one_run {}'
  local measured=()
  for run in "${first[@]}"; do grep -q random_encoder "$run/eval.json" || measured+=(--run "$run"); done
  [ ${#measured[@]} -eq 0 ] || build/bin/nce eval "${measured[@]}"  # once more, beside what learned nothing
  echo
  build/bin/nce report "${first[@]}"
  local begin=0 end
  for end in "${groups[@]}"; do
    if [ $((end - begin)) -gt 1 ]; then echo && build/bin/nce compare "${all[@]:begin:end - begin}"; fi
    begin=$end
  done
}
