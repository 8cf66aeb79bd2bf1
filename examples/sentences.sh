#!/usr/bin/env bash
# InfoNCE beside SC-InfoNCE, DCL and f-MICL on sentences: sentences.sh ROOT [FOLDER]. ROOT holds text/multi30k, text/wordnet,
# text/wiki-split and sts; the runs go to FOLDER (default: runs/sentences). Means of word embeddings learn from captions of
# one picture, and from glosses of one word: 8 and 2 epochs, temperature 0.05, five seeds of each loss, with a small grid of
# delta and gamma on the line delta - gamma = 1 and off it. Single runs: both sources with n-grams, the other encoders on
# captions, dropout alone on sentences of Wikipedia. Prints what learned nothing first, then means, spreads and paired tests.
# About 20 minutes on 2 cores; it can be stopped and started again.
set -euo pipefail
. "$(dirname "$0")/compare.sh"
prepare sentences "$@"
options='--temperature 0.05 --root "$root/text" --sts "$root/sts"'
for set in "captions multi30k/captions.train.tsv 8" "glosses wordnet/glosses.tsv 2"; do
  # shellcheck disable=SC2086
  set -- $set
  words="--data groups:$2 --tokens words --epochs $3 $options"
  for loss in info_nce dcl f_micl; do add "$1-$loss" "$words --loss $loss"; done
  for values in "1.5 0.5" "0.7 -0.3" "1 -0.3" "2 -0.4"; do
    add "$1-sc_${values/ /_}" "$words --loss sc_info_nce --delta ${values% *} --gamma ${values#* }"
  done
  first "$1-info_nce"
done
# One seed each: both sources with n-grams, the other encoders, and dropout alone.
alone() { seeds=1 add "$@" && first "$1"; }
alone both-info_nce "--data groups:multi30k/captions.train.tsv,wordnet/glosses.tsv --tokens both --epochs 2 $options"
for encoder in dan cnn transformer; do
  alone $encoder-info_nce "--data groups:multi30k/captions.train.tsv --encoder $encoder --lr 1e-3 --epochs 3 $options"
done
alone dropout-info_nce "--data sentences:wiki-split/sentences.txt --tokens words --epochs 2 $options"
finish
