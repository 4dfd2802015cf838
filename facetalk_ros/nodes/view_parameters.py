# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The parameters of the view node."""

from __future__ import annotations

from types import MappingProxyType

from .parameter_spec import Spec

#: All parameters by name; they say where the page is, so none changes while the node runs.
SPECS = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            Spec('host', '127.0.0.1', 'address or name to listen on; with any other than loopback '
                 'a page needs the token', read_only=True),
            Spec('port', 0, 'TCP port, 0 for one that is free', (0, 65535), read_only=True),
            Spec('token', '', 'what a page has to know, 8 to 128 letters, digits, - or _; empty: '
                 'one is made and printed where it is needed. Parameters can be read by '
                 'everybody on the graph', read_only=True),
            Spec('face', 'friendly', 'the face that is shown first: a name, or a YAML file',
                 read_only=True),
            Spec('avatar', '', 'a .glb, .vrm or .gltf file with ARKit morph targets, or none',
                 read_only=True),
            Spec('map', '', 'actuator map whose joints are shown: a name, or a YAML file',
                 read_only=True),
        )
    }
)  # fmt: skip
