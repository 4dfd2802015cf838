# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The ONNX form of a realtime network; what its user must know travels in the metadata."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from pathlib import Path

import onnx
import torch

from .net import JointConfig, JointNet

KIND = 'facetalk joint model 1'


def export(net: JointNet, config: JointConfig, path: Path) -> None:
    """Write the network; it takes any number of streams and of steps.

    Raises:
        ValueError: the network is not causal and cannot run on a stream.

    """
    if not config.causal:
        raise ValueError(f'a network of size {config.size!r} needs the whole clip: not exported')
    names = ('audio', 'text', 'spoken', 'state', 'motion', 'next_state')
    axes = {n: {0: 'streams'} if 'state' in n else {0: 'streams', 1: 'steps'} for n in names}
    inputs = (
        torch.zeros(1, 2, config.audio_width),
        torch.zeros(1, 2, config.text_width),
        torch.zeros(1, 2, 1),
        torch.zeros(1, net.state_size),
    )
    buffer = io.BytesIO()
    torch.onnx.export(
        net.eval(), inputs, buffer, dynamo=False, opset_version=17,
        input_names=list(names[:4]), output_names=list(names[4:]), dynamic_axes=axes,
    )  # fmt: skip
    model = onnx.load_from_string(buffer.getvalue())
    facts = {'kind': KIND, 'state_size': net.state_size, 'config': asdict(config)}
    model.metadata_props.append(
        onnx.StringStringEntryProto(key='facetalk', value=json.dumps(facts))
    )
    onnx.save(model, str(path))
