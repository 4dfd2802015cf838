# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The result of something that is still running, as rclpy.task."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Future:
    """A result to come; may be completed and read from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._done = False
        self._cancelled = False
        self._result: Any = None
        self._exception: BaseException | None = None
        self._callbacks: list[Callable[[Future], None]] = []

    def done(self) -> bool:
        """Whether there is a result or an exception, or it was cancelled."""
        return self._done or self._cancelled

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._cancelled

    def result(self) -> Any:
        """Return the result (None while there is none), or raise the exception."""
        if self._exception is not None:
            raise self._exception
        return self._result

    def exception(self) -> BaseException | None:
        """Return the exception, or None."""
        return self._exception

    def set_result(self, result: Any) -> None:
        """Complete with a result; without effect when complete or cancelled already."""
        self._complete(result=result)

    def set_exception(self, exception: BaseException) -> None:
        """Complete with an exception; without effect when complete or cancelled already."""
        self._complete(exception=exception)

    def cancel(self) -> None:
        """Give up waiting; without effect when complete already."""
        self._complete(cancelled=True)

    def _complete(
        self,
        result: Any = None,
        exception: BaseException | None = None,
        cancelled: bool = False,
    ) -> None:
        with self._lock:
            if self.done():
                return
            self._result, self._exception = result, exception
            self._cancelled, self._done = cancelled, not cancelled
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)

    def add_done_callback(self, callback: Callable[[Future], None]) -> None:
        """Call back with this future once it is done, at once when it is already."""
        with self._lock:
            if not self.done():
                self._callbacks.append(callback)
                return
        callback(self)

    def remove_done_callback(self, callback: Callable[[Future], None]) -> None:
        """Forget a callback; without effect when it is not there."""
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)
