# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Writes a network as an ONNX file whose metadata say what the runtime must know."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import nn

#: Key of the metadata, a JSON object whose ``kind`` names the model and its version.
FACTS = 'facetalk'


def write_onnx(
    net: nn.Module, inputs: Mapping[str, torch.Tensor], outputs: Sequence[str],
    facts: Mapping[str, Any], path: Path,
) -> None:  # fmt: skip
    """Export a network in evaluation mode.

    The first axis of everything is the streams, the second the steps; a state has no steps.

    Args:
        net: left in evaluation mode.
        inputs: an example of each input by name, in the order of ``forward``; names with
            ``state`` in them are states.
        outputs: names, in the order in which ``forward`` returns them.
        facts: what the runtime must know.
        path: a file half written replaces nothing.

    """
    names = (*inputs, *outputs)
    axes = {n: {0: 'streams'} if 'state' in n else {0: 'streams', 1: 'steps'} for n in names}
    buffer = io.BytesIO()
    torch.onnx.export(
        net.eval(), tuple(inputs.values()), buffer, dynamo=False, opset_version=17,
        input_names=list(inputs), output_names=list(outputs),
        dynamic_axes=axes,
    )  # fmt: skip
    model = onnx.load_from_string(buffer.getvalue())
    model.metadata_props.append(
        onnx.StringStringEntryProto(key=FACTS, value=json.dumps(dict(facts)))
    )
    partial = path.with_suffix('.partial')
    onnx.save(model, str(partial))
    partial.replace(path)
