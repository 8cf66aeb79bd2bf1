#!/usr/bin/env bash
# InfoNCE beside SC-InfoNCE, DCL and f-MICL on graphs: graphs.sh ROOT [FOLDER]. ROOT holds TUDataset/MUTAG, PROTEINS and
# NCI1; the runs go to FOLDER (default: runs/graphs). Five seeds of each, or as many as `seeds=20 bash examples/graphs.sh`
# says. First GraphCL's network (GIN, 20 epochs, temperature 0.2), with a small grid of delta and gamma on the line
# delta - gamma = 1 and off it. Then the network and the values of SC-InfoNCE's authors (GCN 3 x 128, temperature 0.5,
# their code's weight of the positive), 200 epochs as they do. Prints what learned nothing first, then means, spreads and
# paired tests. About 40 minutes on 2 cores; it can be stopped and started again.
set -euo pipefail
. "$(dirname "$0")/compare.sh"
prepare graphs "$@"
gin="--encoder gin --temperature 0.2 --epochs 20 --lr 0.01 --optimizer adam --schedule constant --head-dim 96"
gcn="--encoder gcn --temperature 0.5 --epochs 200 --optimizer adam --schedule constant --head-dim 32"
on() { echo "--data tu:$1 --root \"\$root\" --batch 128"; }
for data in MUTAG PROTEINS NCI1; do
  for loss in info_nce dcl f_micl; do add $data-gin-$loss "$(on $data) $gin --loss $loss"; done
  for values in "1.5 0.5" "0.7 -0.3" "1 -0.3" "0.7 0.05" "2 -0.4"; do
    add "$data-gin-sc_${values/ /_}" "$(on $data) $gin --loss sc_info_nce --delta ${values% *} --gamma ${values#* }"
  done
  first $data-gin-info_nce
done
for values in "PROTEINS 2 -0.4 1e-3" "NCI1 0.7 0.05 5e-3"; do
  # shellcheck disable=SC2086
  set -- $values
  add "$1-gcn-info_nce" "$(on "$1") $gcn --lr $4 --loss info_nce"
  add "$1-gcn-sc" "$(on "$1") $gcn --lr $4 --loss sc_info_nce --positive-weight published --delta $2 --gamma $3"
  first "$1-gcn-info_nce"
done
add PROTEINS-gcn40-info_nce "$(on PROTEINS) ${gcn/200/40} --lr 1e-3 --loss info_nce"  # where GCN is best
first PROTEINS-gcn40-info_nce
finish
