# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Sends poses to a program that shows an avatar, by UDP."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from . import livelink_udp, vmc

#: Known protocols and the ports that their programs listen on.
PORTS = {'livelink': livelink_udp.PORT, 'vmc': vmc.PORT}

_URL = re.compile(
    r'(?P<protocol>[a-z]+)://(?P<host>\[[0-9a-fA-F:.%]+\]|[^\s:/?#\[\]]+)(?::(?P<port>\d{1,5}))?'
    r'(?:/(?P<name>[^?#]*))?'
)


@dataclass(frozen=True)
class AvatarTarget:
    """Where to send, and how.

    Attributes:
        protocol: one of PORTS.
        host: name or address.
        port: UDP port.
        subject: the name of the face in Unreal; livelink only.
        shapes: which names to use; vmc only, see VmcPackets.

    """

    protocol: str
    host: str
    port: int
    subject: str = 'facetalk'
    shapes: str = 'arkit'

    def __post_init__(self) -> None:
        """Check the values."""
        if self.protocol not in PORTS:
            raise ValueError(f'protocol {self.protocol!r} is not one of {", ".join(PORTS)}')
        if not 1 <= self.port <= 65535:
            raise ValueError(f'port {self.port} is outside 1 to 65535')
        if not self.host:
            raise ValueError('no host')


def parse_target(url: str) -> AvatarTarget:
    """Return what `livelink://HOST[:PORT][/SUBJECT]` or `vmc://HOST[:PORT][/SHAPES]` means.

    Raises:
        ValueError: neither of these.

    """
    match = _URL.fullmatch(url)
    if match is None or match['protocol'] not in PORTS:
        raise ValueError(
            f'{url!r} is neither livelink://HOST[:PORT][/SUBJECT] nor vmc://HOST[:PORT][/SHAPES]'
        )
    protocol, name = match['protocol'], match['name']
    port = int(match['port'] or PORTS[protocol])
    host = match['host'].strip('[]')
    if not name:
        return AvatarTarget(protocol, host, port)
    if protocol == 'vmc':
        return AvatarTarget(protocol, host, port, shapes=name)
    return AvatarTarget(protocol, host, port, subject=name)


class _Packets(Protocol):
    def packets(
        self, weights: npt.NDArray[np.float32], head_rad: tuple[float, float, float], time_s: float
    ) -> list[bytes]: ...


class AvatarSender:
    """Sends; whoever does not listen, or cannot be reached, disturbs nothing.

    Attributes:
        sent: how many poses went out whole.
        failed: how many did not.
        problem: what the last failure said; '' before any.

    Raises:
        ValueError: a subject or shapes that cannot be.
        OSError: the host's name cannot be resolved.

    """

    def __init__(self, target: AvatarTarget) -> None:
        self.target = target
        self.sent = self.failed = 0
        self.problem = ''
        self._maker: _Packets
        if target.protocol == 'livelink':
            self._maker = livelink_udp.LiveLinkPackets(target.subject)
        else:
            self._maker = vmc.VmcPackets(target.shapes)  # type: ignore[arg-type]  # it checks
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            raise OSError(f'{target.host}: no such host ({error})') from None
        family, kind, protocol, _, address = found[0]
        self._address: tuple[Any, ...] = address
        self._socket = socket.socket(family, kind, protocol)
        # a full buffer loses a pose; waiting would make all others late
        self._socket.setblocking(False)

    def send(
        self, weights: npt.NDArray[np.float32], head_rad: tuple[float, float, float], time_s: float
    ) -> None:
        """Send a pose.

        Args:
            weights: float32 [52] in ARKIT_NAMES order.
            head_rad: roll, pitch and yaw as REP 103 has them.
            time_s: its time [s since the epoch].

        """
        try:
            for packet in self._maker.packets(weights, head_rad, time_s):
                self._socket.sendto(packet, self._address)
        except OSError as error:
            self.failed += 1
            self.problem = f'{self.target.host}: {(error.strerror or str(error)).lower()}'
        else:
            self.sent += 1

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()
