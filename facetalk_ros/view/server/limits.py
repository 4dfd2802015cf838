# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What the server lets anybody take of it."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Bounds on what a browser, or whoever else connects, may do.

    Attributes:
        clients: pages that may be open at once.
        connections: HTTP connections at once; browsers make up to six each.
        stall_s: a page that takes nothing for so long is let go.
        request_s: a request has to be complete within this; idle connections end after it.
        response_s: a response has to be taken within this.
        ping_s: pages are asked for a sign of life as often, and have as long to give it.
        header_bytes: request line and headers.
        body_bytes: bodies mean nothing here; they are read and forgotten up to this.

    """

    clients: int = 16
    connections: int = 64
    stall_s: float = 5.0
    request_s: float = 10.0
    response_s: float = 120.0
    ping_s: float = 10.0
    header_bytes: int = 16 * 1024
    body_bytes: int = 1024
