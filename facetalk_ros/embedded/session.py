# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The DDS side of a context: its participant, and the thread that waits for events.

Listeners of cyclonedds are not used: they run Python on the threads of Cyclone, and its write and
take hold Python's lock while they wait for those threads. Both at once stop the process for good
(seen with cyclonedds 11.0.1). Here one thread sleeps in a wait set, which lets go of the lock.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from cyclonedds.core import DDSException, DDSStatus, GuardCondition, Policy, Qos, WaitSet
from cyclonedds.domain import Domain, DomainParticipant
from cyclonedds.pub import Publisher
from cyclonedds.sub import Subscriber
from cyclonedds.util import duration

from .exceptions import GraphError

_MATCHED = DDSStatus.PublicationMatched | DDSStatus.SubscriptionMatched
# how many events are fetched from the wait set at once; the rest comes with the next call
_BATCH = 64


class _Domains:
    """The domains in use: DDS lets each be created once in a process, with one configuration."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._domains: dict[int, tuple[str, Domain, int]] = {}

    def acquire(self, domain_id: int, settings: str) -> None:
        """Create the domain, or share it; raises GraphError when it has other settings."""
        with self._lock:
            if domain_id in self._domains:
                used, domain, users = self._domains[domain_id]
                if used != settings:
                    raise GraphError(
                        f'domain {domain_id} is in use in this process with another '
                        'configuration; shut the other context down first'
                    )
                self._domains[domain_id] = (used, domain, users + 1)
            else:
                self._domains[domain_id] = (settings, _create_domain(domain_id, settings), 1)

    def release(self, domain_id: int) -> None:
        """End one use; the last one deletes the domain, with its threads and sockets."""
        with self._lock:
            settings, domain, users = self._domains.pop(domain_id)
            if users > 1:
                self._domains[domain_id] = (settings, domain, users - 1)


def _create_domain(domain_id: int, settings: str) -> Domain:
    try:
        return Domain(domain_id, settings)
    except (DDSException, UnicodeEncodeError) as error:
        raise GraphError(
            f'cannot join ROS domain {domain_id}: {error}; is CYCLONEDDS_URI right? '
            f'({os.environ.get("CYCLONEDDS_URI", "unset")})'
        ) from None


_domains = _Domains()


class _Watched(NamedTuple):
    entity: Any
    mask: int
    on_data: Callable[[], None] | None


class Session:
    """A participant with a publisher, a subscriber, and the thread that waits for their events."""

    def __init__(self, domain_id: int, settings: str, on_match: Callable[[], None]) -> None:
        self._domain_id = domain_id
        self._on_match = on_match
        _domains.acquire(domain_id, settings)
        try:
            self.participant: Any = DomainParticipant(
                domain_id, qos=Qos(Policy.Userdata(b'enclave=/;'))
            )
        except DDSException as error:
            _domains.release(domain_id)
            raise GraphError(f'cannot join ROS domain {domain_id}: {error}') from None
        self.publisher: Any = Publisher(self.participant)
        self.subscriber: Any = Subscriber(self.participant)
        self._watched: dict[int, _Watched] = {}
        self._lock = threading.Lock()
        self._tokens = itertools.count(1)
        self._closing = False
        self._waitset: Any = WaitSet(self.participant)
        self._stop: Any = GuardCondition(self.participant)
        self._waitset._waitset_attach(self._waitset._ref, self._stop._ref, 0)
        self._thread = threading.Thread(target=self._wait, name='dds-events', daemon=True)
        self._thread.start()

    def watch(self, entity: Any, on_data: Callable[[], None] | None) -> int:
        """Report what happens to a reader or a writer from now on; return a token for unwatch().

        on_data is called when a reader has data, on_match of the session when either finds or
        loses a partner. Both run on the event thread and must only note the event.
        """
        token = next(self._tokens)
        mask = DDSStatus.PublicationMatched
        if on_data is not None:
            mask = DDSStatus.SubscriptionMatched | DDSStatus.DataAvailable
        entity.set_status_mask(mask)
        with self._lock:
            self._watched[token] = _Watched(entity, mask, on_data)
        result = self._waitset._waitset_attach(self._waitset._ref, entity._ref, token)
        if result < 0:
            raise GraphError(f'cannot wait for an endpoint: {DDSException(result)}')
        # what came between creation and now
        if on_data is not None:
            on_data()
        self._on_match()
        return token

    def unwatch(self, token: int) -> None:
        """Stop reporting; after this the entity may be deleted."""
        with self._lock:
            watched = self._watched.pop(token, None)
        if watched is not None and self._waitset is not None:
            self._waitset._waitset_detach(self._waitset._ref, watched.entity._ref)

    def _wait(self) -> None:
        tokens = (ctypes.c_void_p * _BATCH)()
        forever = duration(infinite=True)
        while True:
            count = self._waitset._waitset_wait(self._waitset._ref, tokens, _BATCH, forever)
            if self._closing or count < 0:
                return
            data: list[Callable[[], None]] = []
            matched = False
            with self._lock:  # so that no entity is deleted meanwhile
                for token in tokens[: min(count, _BATCH)]:
                    watched = self._watched.get(token or 0)
                    if watched is None:
                        continue
                    status = watched.entity.take_status(watched.mask)
                    matched = matched or bool(status & _MATCHED)
                    if watched.on_data is not None and status & DDSStatus.DataAvailable:
                        data.append(watched.on_data)
            for on_data in data:
                on_data()
            if matched:
                self._on_match()

    def close(self) -> None:
        """Leave the domain; all readers and writers must be closed before."""
        self._closing = True
        self._stop.set(True)
        self._thread.join()
        self._waitset = self._stop = None
        self.publisher = self.subscriber = self.participant = None
        _domains.release(self._domain_id)
