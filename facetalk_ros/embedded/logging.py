# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Loggers that write to stderr as ROS does, and to /rosout where they belong to a node."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from enum import IntEnum
from types import FrameType
from typing import Any

from .clock import Clock

__all__ = ['LoggingSeverity', 'RcutilsLogger', 'get_logger', 'set_logger_level']


class LoggingSeverity(IntEnum):
    """Levels, as rcl_interfaces/msg/Log numbers them."""

    UNSET = 0
    DEBUG = 10
    INFO = 20
    WARN = 30
    ERROR = 40
    FATAL = 50

    @classmethod
    def from_name(cls, name: str) -> LoggingSeverity:
        """Return the level of a name in any case; raises ValueError."""
        try:
            return cls['WARN' if name.upper() == 'WARNING' else name.upper()]
        except KeyError:
            raise ValueError(
                f'log level {name!r} is not one of {", ".join(m.name.lower() for m in cls)}'
            ) from None


# (severity, logger name, text, time [ns], file, function, line)
Sink = Callable[[LoggingSeverity, str, str, int, str, str, int], None]
_state_lock = threading.RLock()
_levels: dict[str, LoggingSeverity] = {'': LoggingSeverity.INFO}
_sinks: dict[str, Sink] = {}
_stdout_enabled = True


def set_logger_level(name: str, level: int) -> None:
    """Set the level of a logger and of those below it; '' is the root."""
    with _state_lock:
        severity = LoggingSeverity(level)
        if severity == LoggingSeverity.UNSET and name:
            _levels.pop(name, None)
        else:
            _levels[name] = severity or LoggingSeverity.INFO


def get_logger_effective_level(name: str) -> LoggingSeverity:
    """Return the level of the nearest logger above that has one."""
    while name not in _levels:
        name = name.rpartition('.')[0]
    return _levels[name]


def enable_console(enabled: bool) -> None:
    """Switch the output on stderr."""
    global _stdout_enabled
    _stdout_enabled = enabled


def add_sink(name: str, sink: Sink) -> None:
    """Send what a logger and those below it say to a node's /rosout as well."""
    with _state_lock:
        _sinks[name] = sink


def remove_sink(name: str, sink: Sink) -> None:
    """Undo add_sink, unless another node of the same name has taken over."""
    with _state_lock:
        if _sinks.get(name) == sink:
            del _sinks[name]


def _sink_of(name: str) -> Sink | None:
    while name:
        if name in _sinks:
            return _sinks[name]
        name = name.rpartition('.')[0]
    return None


class RcutilsLogger:
    """A named logger.

    Each call takes throttle_duration_sec (at most one message in that time, for each place in the
    code), once, and skip_first.
    """

    def __init__(self, name: str = '') -> None:
        self.name = name
        # one entry for each place in the code that throttles
        self._last_ns: dict[tuple[str, int], int] = {}

    def get_child(self, name: str) -> RcutilsLogger:
        """Return the logger below this one; raises ValueError for an empty name."""
        if not name:
            raise ValueError('a child logger needs a name')
        return RcutilsLogger(f'{self.name}.{name}' if self.name else name)

    def set_level(self, level: int) -> None:
        """Set the level of this logger and of those below it."""
        set_logger_level(self.name, level)

    def get_effective_level(self) -> LoggingSeverity:
        """Return the level in force."""
        return get_logger_effective_level(self.name)

    def is_enabled_for(self, severity: int) -> bool:
        """Whether a message of this level comes through."""
        return severity >= self.get_effective_level()

    def debug(self, message: str, **kwargs: Any) -> bool:
        """Log at DEBUG; return whether it came through."""
        return self.log(message, LoggingSeverity.DEBUG, **kwargs)

    def info(self, message: str, **kwargs: Any) -> bool:
        """Log at INFO; return whether it came through."""
        return self.log(message, LoggingSeverity.INFO, **kwargs)

    def warning(self, message: str, **kwargs: Any) -> bool:
        """Log at WARN; return whether it came through."""
        return self.log(message, LoggingSeverity.WARN, **kwargs)

    warn = warning

    def error(self, message: str, **kwargs: Any) -> bool:
        """Log at ERROR; return whether it came through."""
        return self.log(message, LoggingSeverity.ERROR, **kwargs)

    def fatal(self, message: str, **kwargs: Any) -> bool:
        """Log at FATAL; return whether it came through."""
        return self.log(message, LoggingSeverity.FATAL, **kwargs)

    def log(
        self,
        message: str,
        severity: int,
        *,
        once: bool = False,
        skip_first: bool = False,
        throttle_duration_sec: float | None = None,
        throttle_time_source_type: Clock | None = None,
    ) -> bool:
        """Log at a level; return whether it came through."""
        level = LoggingSeverity(severity)
        if not self.is_enabled_for(level):
            return False
        frame = _caller()
        if once or skip_first or throttle_duration_sec is not None:
            now_ns = (
                throttle_time_source_type.now().nanoseconds
                if throttle_time_source_type is not None
                else time.monotonic_ns()
            )
            if not self._passes(frame, now_ns, once, skip_first, throttle_duration_sec):
                return False
        code = frame.f_code
        _emit(level, self.name, str(message), code.co_filename, code.co_name, frame.f_lineno)
        return True

    def _passes(
        self,
        frame: FrameType,
        now_ns: int,
        once: bool,
        skip_first: bool,
        throttle_duration_sec: float | None,
    ) -> bool:
        place = (frame.f_code.co_filename, frame.f_lineno)
        with _state_lock:
            last_ns = self._last_ns.get(place)
            if last_ns is None:
                self._last_ns[place] = now_ns
                return not skip_first
            if once:
                return False
            if throttle_duration_sec is None:
                return True
            # a clock that jumped back must not silence the logger
            if 0 <= now_ns - last_ns < throttle_duration_sec * 1e9:
                return False
            self._last_ns[place] = now_ns
            return True


def _caller() -> FrameType:
    frame = sys._getframe(1)
    while frame.f_code.co_filename == __file__ and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _emit(
    severity: LoggingSeverity, name: str, text: str, file: str, function: str, line: int
) -> None:
    now_ns = time.time_ns()
    if _stdout_enabled:
        stamp = f'{now_ns // 10**9}.{now_ns % 10**9:09d}'
        print(f'[{severity.name}] [{stamp}] [{name}]: {text}', file=sys.stderr, flush=True)
    sink = _sink_of(name)
    if sink is not None:
        sink(severity, name, text, now_ns, file, function, line)


def get_logger(name: str = '') -> RcutilsLogger:
    """Return the logger of a name."""
    return RcutilsLogger(name)
