# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM end all contexts, as rclpy.signals."""

from __future__ import annotations

import signal
import threading
from enum import IntEnum
from types import FrameType
from typing import Any

from .context import live_contexts


class SignalHandlerOptions(IntEnum):
    """Which signals init() takes."""

    NO = 0
    SIGINT = 1
    SIGTERM = 2
    ALL = 3


_previous: dict[int, Any] = {}


def _handle(number: int, frame: FrameType | None) -> None:
    contexts = live_contexts()
    for context in contexts:
        context.request_shutdown()
    previous = _previous.get(number)
    if callable(previous):
        previous(number, frame)  # for SIGINT this raises KeyboardInterrupt
    elif previous == signal.SIG_DFL and not contexts:
        # nothing of ours is running: the signal must still do what it always did
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)


def install_signal_handlers(options: SignalHandlerOptions = SignalHandlerOptions.ALL) -> None:
    """Take the signals; outside the main thread, where Python forbids it, nothing happens."""
    if threading.current_thread() is not threading.main_thread():
        return
    for flag, number in (
        (SignalHandlerOptions.SIGINT, signal.SIGINT),
        (SignalHandlerOptions.SIGTERM, signal.SIGTERM),
    ):
        if options & flag and signal.getsignal(number) is not _handle:
            _previous[number] = signal.signal(number, _handle)


def uninstall_signal_handlers() -> None:
    """Give the signals back to whoever had them before."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number, previous in list(_previous.items()):
        if signal.getsignal(number) is _handle:
            signal.signal(number, previous)
        del _previous[number]
