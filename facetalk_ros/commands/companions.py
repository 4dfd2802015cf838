# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The nodes that `facetalk talk` may run beside the talk node: servos and the browser view."""

from __future__ import annotations

import argparse
import importlib.util
from typing import TYPE_CHECKING, Any

from .errors import UserError

if TYPE_CHECKING:
    from ..nodes.actuators import ActuatorNode
    from ..nodes.view import ViewNode


def add_companion_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --actuators, --view and --view-port."""
    parser.add_argument(
        '--actuators', metavar='MAP', default='',
        help='move servos too: a map, or the name of one that ships (jaw, hobby_head, head_25)',
    )  # fmt: skip
    parser.add_argument('--view', action='store_true', help='show the face in the browser too')
    parser.add_argument(
        '--view-port', metavar='N', type=int, default=0, help='TCP port of --view (0: a free one)'
    )


def check_companions(args: argparse.Namespace) -> None:
    """Check what can be told before the graph is joined; raises UserError."""
    if args.view and importlib.util.find_spec('tornado') is None:
        raise UserError("--view needs the extra view: pip install 'facetalk_ros[view]'")
    if not 0 <= args.view_port <= 65535:
        raise UserError(f'--view-port {args.view_port}: from 0 to 65535')
    if args.view_port and not args.view:
        raise UserError('--view-port has no meaning without --view')


class Companions:
    """The nodes that were asked for, ready to be added to an executor.

    Raises:
        UserError: one of them cannot start.

    """

    def __init__(self, args: argparse.Namespace) -> None:
        self._actuators: ActuatorNode | None = None
        self._view: ViewNode | None = None
        self._map = args.actuators
        try:
            if args.actuators:
                self._actuators = _actuators(args.actuators)
            if args.view:
                self._view = _view(args.view_port, args.actuators)
        except BaseException:
            self.close()
            raise

    @property
    def nodes(self) -> list[Any]:
        """Those that there are."""
        return [node for node in (self._actuators, self._view) if node is not None]

    def rows(self) -> list[tuple[str, str]]:
        """Return what they are, for a summary."""
        rows = []
        if self._actuators is not None:
            name = self._actuators.get_fully_qualified_name()
            rows.append(('actuators', f'{name}, map {self._map}'))
        if self._view is not None:
            rows.append(('view', self._view.url))
        return rows

    def close(self) -> None:
        """Bring the joints to rest, end the server and leave the graph."""
        for node in self.nodes:
            node.close()
        self._actuators = self._view = None


def _actuators(actuator_map: str) -> ActuatorNode:
    from ..nodes.actuators import ActuatorNode
    from ..ros.lifecycle import TransitionCallbackReturn
    from ..ros.parameter import Parameter

    try:
        node = ActuatorNode(parameter_overrides=[Parameter('map', value=actuator_map)])
    except Exception as error:  # the types of refused parameters differ between graphs
        raise UserError(f'the actuator node: {error}') from None
    for transition in (node.trigger_configure, node.trigger_activate):
        if transition() != TransitionCallbackReturn.SUCCESS:
            problem = node.problem
            node.close()
            raise UserError(problem)
    return node


def _view(port: int, actuator_map: str) -> ViewNode:
    from ..nodes.view import ViewNode
    from ..ros.parameter import Parameter

    try:
        return ViewNode(
            parameter_overrides=[
                Parameter('port', value=port), Parameter('map', value=actuator_map)
            ]
        )  # fmt: skip
    except Exception as error:  # an address in use, a wrong parameter
        raise UserError(f'the view node: {error}') from None
