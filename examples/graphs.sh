#!/usr/bin/env bash
# InfoNCE beside SC-InfoNCE, DCL and f-MICL on graphs: graphs.sh ROOT [FOLDER]. ROOT holds TUDataset/MUTAG, PROTEINS and
# NCI1; the runs go to FOLDER (default: runs/graphs). Five seeds of each. First GraphCL's network (GIN, 20 epochs,
# temperature 0.2), with a small grid of delta and gamma on the line delta - gamma = 1 and off it. Then the network and the
# values of SC-InfoNCE's authors (GCN 3 x 128, temperature 0.5, their code's weight of the positive), for 40 of their 200
# epochs. Prints what learned nothing first, then means, spreads and paired tests. About 15 minutes on 2 cores; it can be
# stopped and started again.
set -euo pipefail
if [ $# -lt 1 ] || [ $# -gt 2 ] || [ "$1" = --help ]; then
  echo "usage: bash examples/graphs.sh ROOT [FOLDER]" >&2
  exit 2
fi
root=$(realpath -- "$1") runs=$(realpath -m -- "${2:-runs/graphs}")
cd "$(dirname "$0")/.."
[ -x build/bin/nce ] || { echo "graphs.sh: build first: bash examples/quickstart.sh or bash tests/run.sh" >&2; exit 1; }
export root runs

one_run() {  # name data seed options...
  local out="$runs/$1"
  if [ ! -e "$out/config.toml" ]; then
    build/bin/nce train --threads 1 --data "tu:$2" --root "$root" --seed "$3" --batch 128 --out "$out" "${@:4}"
  else
    build/bin/nce train --threads 1 --out "$out" --resume
  fi 2>/dev/null >&2 || { echo "graphs.sh: $1 failed" >&2; exit 1; }
  [ -e "$out/eval.json" ] || build/bin/nce eval --threads 1 --no-baselines --run "$out" >/dev/null
  echo "$1"
}
export -f one_run

gin="--encoder gin --temperature 0.2 --epochs 20 --lr 0.01 --optimizer adam --schedule constant --head-dim 96"
gcn="--encoder gcn --temperature 0.5 --epochs 40 --optimizer adam --schedule constant --head-dim 32"
jobs=() all=() first=()
add() {  # group data options... -- the group and the options are part of the name
  for seed in 1 2 3 4 5; do
    local name="$2-$1-$seed"
    jobs+=("$name $2 $seed ${*:3}") all+=("$runs/$name")
    case $1 in gin-info_nce | gcn-info_nce) first+=("$runs/$name") ;; esac
  done
}
for data in MUTAG PROTEINS NCI1; do
  for loss in info_nce dcl f_micl; do add gin-$loss $data "$gin --loss $loss"; done
  for values in "1.5 0.5" "0.7 -0.3" "1 -0.3" "0.7 0.05" "2 -0.4"; do
    # shellcheck disable=SC2086
    set -- $values
    add "gin-sc_$1_$2" $data "$gin --loss sc_info_nce --delta $1 --gamma $2"
  done
done
for values in "PROTEINS 2 -0.4 1e-3" "NCI1 0.7 0.05 5e-3"; do
  # shellcheck disable=SC2086
  set -- $values
  add gcn-info_nce "$1" "$gcn --lr $4 --loss info_nce"
  add gcn-sc "$1" "$gcn --lr $4 --loss sc_info_nce --positive-weight published --delta $2 --gamma $3"
done
printf '%s\n' "${jobs[@]}" | xargs -P "$(nproc)" -I{} bash -c 'one_run {}'
measured=()
for run in "${first[@]}"; do grep -q random_encoder "$run/eval.json" || measured+=(--run "$run"); done
[ ${#measured[@]} -eq 0 ] || build/bin/nce eval "${measured[@]}"  # once more, beside what learned nothing
echo
build/bin/nce report "${first[@]}"
/usr/bin/env python3 examples/paired.py "${all[@]}"
