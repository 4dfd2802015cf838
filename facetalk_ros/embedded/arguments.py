# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What follows --ros-args on a command line, as rcl reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .exceptions import RCLInvalidROSArgsError, UnknownROSArgsError
from .logging import LoggingSeverity
from .names import RemapRule
from .parameter_files import Override, load_parameter_file, matches_node, parse_value

_NODE = r'(?:(?P<node>[A-Za-z_][A-Za-z0-9_]*):)?'
_REMAP = re.compile(_NODE + r'(?P<source>[^:=\s]+):=(?P<target>\S+)')
_PARAMETER = re.compile(_NODE + r'(?P<name>[^:=\s]+):=(?P<value>.*)', re.DOTALL)


@dataclass
class ROSArguments:
    """The parsed options; overrides are in command-line order, so that the last one wins."""

    remappings: list[RemapRule] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    log_levels: dict[str, LoggingSeverity] = field(default_factory=dict)
    enable_rosout: bool = True
    enable_stdout: bool = True
    other: list[str] = field(default_factory=list)

    def overrides_for(self, name: str, namespace: str) -> dict[str, Any]:
        """Return the parameter values that apply to a node."""
        return {
            o.parameter: o.value for o in self.overrides if matches_node(o.node, name, namespace)
        }


def parse_arguments(args: Sequence[str] | None) -> ROSArguments:
    """Parse a command line; what does not follow --ros-args is left in `other`.

    Raises UnknownROSArgsError for an unknown option and RCLInvalidROSArgsError for a malformed
    one or a bad parameter file.
    """
    result = ROSArguments()
    items = iter(args or ())
    in_ros = False
    for item in items:
        if item == '--ros-args':
            in_ros = True
        elif not in_ros:
            result.other.append(item)
        elif item == '--':
            in_ros = False
        else:
            _parse_option(result, item, items)
    return result


def _parse_option(result: ROSArguments, option: str, items: Any) -> None:
    flags = {
        '--enable-rosout-logs': ('enable_rosout', True),
        '--disable-rosout-logs': ('enable_rosout', False),
        '--enable-stdout-logs': ('enable_stdout', True),
        '--disable-stdout-logs': ('enable_stdout', False),
    }
    if option in flags:
        setattr(result, *flags[option])
    elif option in ('--enable-external-lib-logs', '--disable-external-lib-logs'):
        pass  # there is no external logging library here
    elif option in ('-r', '--remap'):
        result.remappings.append(_parse_remap(_value(option, items)))
    elif option in ('-p', '--param'):
        result.overrides.append(_parse_parameter(_value(option, items)))
    elif option == '--params-file':
        result.overrides.extend(load_parameter_file(_value(option, items)))
    elif option == '--log-level':
        name, _, level = _value(option, items).rpartition(':=')
        try:
            result.log_levels[name] = LoggingSeverity.from_name(level)
        except ValueError as error:
            raise RCLInvalidROSArgsError(str(error)) from None
    elif option in ('-e', '--enclave', '--log-config-file', '--log-file-name'):
        raise RCLInvalidROSArgsError(f'{option} is not supported by the embedded graph')
    elif ':=' in option and not option.startswith('-'):
        # the form of ROS 1, which rcl still takes
        result.remappings.append(_parse_remap(option))
    else:
        raise UnknownROSArgsError(f'unknown ROS argument {option!r}')


def _value(option: str, items: Any) -> str:
    value = next(items, None)
    if value is None:
        raise RCLInvalidROSArgsError(f'{option} needs a value')
    return str(value)


def _parse_remap(text: str) -> RemapRule:
    cleaned = re.sub(r'^(rostopic|rosservice)://', '', text)
    match = _REMAP.fullmatch(cleaned)
    if match is None:
        raise RCLInvalidROSArgsError(f'not a remapping rule: {text!r} (expected from:=to)')
    kind = {'__node': 'node', '__name': 'node', '__ns': 'namespace'}.get(match['source'], 'name')
    return RemapRule(kind, match['source'], match['target'], match['node'])


def _parse_parameter(text: str) -> Override:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise RCLInvalidROSArgsError(f'not a parameter: {text!r} (expected name:=value)')
    node = f'/**/{match["node"]}' if match['node'] else '/**'
    return Override(node, match['name'], parse_value(match['value'], f'-p {text}'))
