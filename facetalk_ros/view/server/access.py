# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Who may speak to the server: addresses, names, origins and the token.

A page of any site may make the browser of whoever visits it send requests to localhost, or to a
name that it lets point there (DNS rebinding). So a request has to name us (Host), a WebSocket has
to come from our own page (Origin), and on any other address than loopback a token is needed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
import socket

_TOKEN = re.compile('[A-Za-z0-9_-]{8,128}')
_HOST = re.compile(r'(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::[0-9]{1,5})?')
_INLINE = re.compile('<script type="importmap">(.*?)</script>', re.DOTALL)


class Access:
    """What the server listens on, and whom it answers.

    Args:
        host: address or name to listen on. Anything but loopback needs a token.
        token: what a page has to know; '' makes one where it is needed.

    Raises:
        ValueError: a token that is too short, or cannot be in a URL.

    """

    def __init__(self, host: str = '127.0.0.1', token: str = '') -> None:
        if token and not _TOKEN.fullmatch(token):
            # what was given is not repeated: it may be a secret with a typing error
            raise ValueError('a token has 8 to 128 letters, digits, - or _')
        self.host = host
        self.is_local = is_loopback(host)
        self.token = token if token or self.is_local else secrets.token_urlsafe(24)
        own = socket.gethostname().lower()
        self._names = {'localhost', host.lower()}
        if not self.is_local:
            self._names |= {own, f'{own}.local'}

    def url(self, port: int) -> str:
        """Return where a browser of this machine finds the page; the token is in it."""
        address = _address(self.host)
        if address is not None and address.is_unspecified:
            name = '[::1]' if address.version == 6 else '127.0.0.1'
        else:
            name = f'[{self.host}]' if address is not None and address.version == 6 else self.host
        return f'http://{name}:{port}/' + (f'?token={self.token}' if self.token else '')

    def allows_host(self, header: str) -> bool:
        """Whether a Host header names this server; a port in it may be that of a tunnel."""
        match = _HOST.fullmatch(header)
        if match is None:
            return False
        name = match[1].strip('[]').lower()
        if name in self._names:
            return True
        # an address cannot be pointed elsewhere, so it is no means of rebinding
        address = _address(name)
        return address is not None and (not self.is_local or address.is_loopback)

    def allows_origin(self, origin: str, host: str) -> bool:
        """Whether a page of this origin is ours: scheme, name and port are those it came by."""
        name = host.lower()
        return bool(name) and origin.lower() in (f'http://{name}', f'https://{name}')

    def allows_token(self, given: str) -> bool:
        """Whether the token is right, or none is needed; takes as long for any wrong one."""
        return hmac.compare_digest(self.token.encode(), given.encode('utf-8', 'replace'))


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a server that listens on ``host``."""
    address = _address(host)
    return host.lower() == 'localhost' if address is None else address.is_loopback


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def security_headers(html: str = '') -> dict[str, str]:
    """Return the headers of every response; scripts only from here, nothing from elsewhere.

    ``html``: the page, whose import map (the only inline script that there may be) is allowed by
    its hash, CSP level 2 section 7.15.
    """
    hashes = ''.join(
        f" 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in _INLINE.findall(html)
    )
    policy = (
        f"default-src 'self'; script-src 'self'{hashes}; img-src 'self' blob: data:; "
        "connect-src 'self' blob: data:; worker-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        'Content-Security-Policy': policy,
        'X-Content-Type-Options': 'nosniff',
        'X-Frame-Options': 'DENY',
        'Referrer-Policy': 'no-referrer',
        'Cross-Origin-Resource-Policy': 'same-origin',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
        'Cache-Control': 'no-cache',
    }
