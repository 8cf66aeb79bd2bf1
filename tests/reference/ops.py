"""Golden values and gradients of every operation of core/ops.h, core/sparse.h and core/attention.h, in f64, from PyTorch.

Run `python3 tests/reference/ops.py` (PyTorch needed) to write ops.json beside this file; tests/core/golden.cpp reads it.
Inputs are multiples of 1/64 (unless an edge asks for more), so that f32 holds them exactly. Gradients are those of
sum(w * out), w_i = ((37 i) mod 101 - 50) / 32. Numbers that JSON lacks are the strings "inf", "-inf" and "nan".

Where nce differs from PyTorch on purpose, the expression here says what is meant:
- softplus: PyTorch returns x itself above 20; ours is log(1 + exp(x)) everywhere.
- logsumexp of a row of nothing but -inf: PyTorch's gradient is NaN, ours 0. It is what masking out a whole row needs.
- max, min: equal elements share the gradient, as in torch.amax; torch.max over one dimension picks one of them.
- segments without rows give 0, as PyTorch Geometric's pooling does; a sample without keys attends to nothing, and gets 0.
- masked_softmax of a row that the mask leaves empty: zeros, and so is its gradient; torch.softmax of -inf alone is NaN.
- elu: expm1, where PyTorch's exp(x) - 1 loses the digits of small x.
- binary_cross_entropy_with_logits keeps its digits for large x of either sign; PyTorch's f64 has them up to about 30.
- images are NHWC, and the weight of conv2d is (O, KH, KW, C / groups); batch_norm's channels are the last dimension.
"""
import json
import pathlib

import ops_edges
import ops_layers
import ops_lists
import ops_values
from ops_case import cases


def main():
    for family in (ops_values.two_operands, ops_values.one_operand, ops_values.reductions, ops_values.products,
                   ops_values.views, ops_values.selection, ops_values.rows, ops_layers.normalisation,
                   ops_layers.images, ops_layers.fused, ops_values.pairs, ops_edges.not_finite,
                   ops_edges.images_not_finite, ops_edges.nothing, ops_lists.sparse, ops_lists.attention,
                   ops_lists.first_hour, ops_layers.layers, ops_layers.fused_later):
        family()
    path = pathlib.Path(__file__).with_name("ops.json")
    path.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
    print(f"{path.name}: {len(cases)} cases of {len({c['op'] for c in cases})} operations, {path.stat().st_size} bytes")


main()
