# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Writes the student and its head as one small ONNX file.

Large matrices are stored in 8 bits, with one scale per output, and become float32 when the model
is loaded: the file is small, and nothing is rounded while it runs.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from ..expression.encoder import KIND
from ..expression.families import FAMILIES
from .text_encoder import CENTROIDS, Student
from .text_head import ExpressionHead

_OPSET = 17
_LEAST_STORED_SMALL = 10_000  # values


class _Whole(nn.Module):
    """One text at a time: ids int64 [1, n] to what ``StudentEncoder`` reads."""

    codes: torch.Tensor
    firsts: torch.Tensor

    def __init__(self, net: Student, head: ExpressionHead) -> None:
        super().__init__()
        self.net, self.head = net, head
        firsts = torch.arange(net.codes.shape[1]) * CENTROIDS
        self.register_buffer('codes', (net.codes - firsts).to(torch.uint8))
        self.register_buffer('firsts', firsts)

    def forward(
        self, ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        chosen = self.codes[ids].long() + self.firsts
        places = self.net.position[: ids.shape[1]]
        x = self.net.norm(self.net.codebook[chosen].flatten(2) + places)
        for block in self.net.blocks:
            x = block(x, None)
        logits, intensity, valence, attention = self.head(x)
        return x, logits.softmax(-1), torch.stack((intensity, valence), -1), attention


def export(net: Student, head: ExpressionHead, vocabulary: int, path: Path) -> None:
    """Write the model; see ``expression/encoder.py`` for its inputs and outputs."""
    whole = _Whole(net, head).eval()
    buffer = io.BytesIO()
    torch.onnx.export(
        whole,
        (torch.tensor([[2, 5, 6, 7, 3]]),),
        buffer,
        input_names=['ids'],
        output_names=['states', 'families', 'amounts', 'attention'],
        dynamic_axes={'ids': {1: 'n'}, 'states': {1: 'n'}, 'attention': {1: 'n'}},
        opset_version=_OPSET,
        dynamo=False,
    )
    model = onnx.load_from_string(buffer.getvalue())
    _store_small(model.graph)
    facts = {
        'kind': KIND,
        'families': FAMILIES,
        'vocabulary': vocabulary,
        'positions': net.config.positions,
        'width': net.position.shape[1],
    }
    helper.set_model_props(model, {'facetalk': json.dumps(facts)})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _store_small(graph: onnx.GraphProto) -> None:
    """Replace large float matrices by 8 bits, a Cast and a Mul, which loading folds away."""
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim != 2 or values.size < _LEAST_STORED_SMALL:
            continue
        if tensor.name.endswith('codebook'):
            replaced = values.astype(np.float16)
            scale = None
        else:
            largest = np.maximum(np.abs(values).max(0, keepdims=True), 1e-8)
            scale = (largest / 127).astype(np.float32)
            replaced = np.round(values / scale).astype(np.int8)
        name = tensor.name
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(replaced, f'{name}.stored'))
        wide = name if scale is None else f'{name}.wide'
        nodes = [helper.make_node('Cast', [f'{name}.stored'], [wide], to=TensorProto.FLOAT)]
        if scale is not None:
            graph.initializer.append(numpy_helper.from_array(scale, f'{name}.scale'))
            nodes.append(helper.make_node('Mul', [wide, f'{name}.scale'], [name]))
        for node in reversed(nodes):
            graph.node.insert(0, node)
