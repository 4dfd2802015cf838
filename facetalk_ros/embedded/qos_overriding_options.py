# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Quality of service from parameters, as rclpy.qos_overriding_options.

`-p qos_overrides./audio.subscription.reliability:=reliable`; the name is the resolved topic's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal

from .exceptions import ParameterAlreadyDeclaredException
from .qos import (
    DurabilityPolicy,
    HistoryPolicy,
    QoSPolicyKind,
    QoSProfile,
    ReliabilityPolicy,
)
from .registry import get_message

if TYPE_CHECKING:
    from .node_parameters import NodeParameters

_CHOICES: dict[str, type[IntEnum]] = {
    'history': HistoryPolicy,
    'reliability': ReliabilityPolicy,
    'durability': DurabilityPolicy,
}


class InvalidQosOverridesError(Exception):
    """The callback of the options refused the profile."""


class QoSOverridingOptions:
    """Which policies of a publisher or subscription the user may set.

    Args:
        policy_kinds: of them HISTORY, DEPTH, RELIABILITY and DURABILITY have an effect here.
        callback: gets the profile and returns a SetParametersResult.
        entity_id: tells several publishers or subscriptions of one topic apart.

    """

    def __init__(
        self,
        policy_kinds: Iterable[QoSPolicyKind],
        *,
        callback: Callable[[QoSProfile], Any] | None = None,
        entity_id: str | None = None,
    ) -> None:
        self.policy_kinds = tuple(policy_kinds)
        self.callback = callback
        self.entity_id = entity_id

    @classmethod
    def with_default_policies(
        cls,
        *,
        callback: Callable[[QoSProfile], Any] | None = None,
        entity_id: str | None = None,
    ) -> QoSOverridingOptions:
        """Let history, depth and reliability be set."""
        kinds = (QoSPolicyKind.HISTORY, QoSPolicyKind.DEPTH, QoSPolicyKind.RELIABILITY)
        return cls(kinds, callback=callback, entity_id=entity_id)


def overridden_profile(
    node: NodeParameters,
    kind: Literal['publisher', 'subscription'],
    topic: str,
    profile: QoSProfile,
    options: QoSOverridingOptions | None,
) -> QoSProfile:
    """Declare the read-only parameters of an endpoint and return the profile that they ask for.

    Raises:
        RuntimeError: a policy that there is not.
        InvalidQosOverridesError: the callback of the options refused the profile.

    """
    if options is None:
        return profile
    suffix = '' if options.entity_id is None else f'_{options.entity_id}'
    what = f'for {kind} `{topic}` with id `{options.entity_id}`'
    changes: dict[str, Any] = {}
    for policy in options.policy_kinds:
        policy_name = policy.name.lower()
        if policy_name not in ('depth', *_CHOICES):
            continue
        value = getattr(profile, policy_name)
        default = value.name.lower() if policy_name in _CHOICES else value
        name = f'qos_overrides.{topic}.{kind}{suffix}.{policy_name}'
        descriptor = get_message('rcl_interfaces/msg/ParameterDescriptor')(
            name=name, description=f'{policy_name} {what}', read_only=True
        )
        try:
            wanted = node.declare_parameter(name, default, descriptor).value
        except ParameterAlreadyDeclaredException:
            wanted = node.get_parameter(name).value
        if policy_name in _CHOICES:
            try:
                wanted = _CHOICES[policy_name][wanted.upper()]
            except KeyError:
                raise RuntimeError(
                    f'Unexpected QoS override for policy `{policy_name}`: `{wanted}`'
                ) from None
        changes[policy_name] = wanted
    profile = replace(profile, **changes)
    if options.callback is not None:
        result = options.callback(profile)
        if not result.successful:
            raise InvalidQosOverridesError(
                f'Provided QoS overrides {what}, are not valid: {result.reason}'
            )
    return profile
