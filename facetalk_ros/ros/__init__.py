# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The one seam between this package and the ROS graph.

Where rclpy can be imported these modules are rclpy's; elsewhere they are the embedded graph, which
has the same names. FACETALK_GRAPH=embedded or rclpy forces one. Node code is ordinary rclpy code
with these imports:

    from facetalk_ros.ros import rclpy                       # init, ok, spin, spin_once, ...
    from facetalk_ros.ros.node import Node
    from facetalk_ros.ros.lifecycle import LifecycleNode, LifecycleState
    from facetalk_ros.ros.lifecycle import TransitionCallbackReturn
    from facetalk_ros.ros.executors import ExternalShutdownException, SingleThreadedExecutor
    from facetalk_ros.ros.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
    from facetalk_ros.ros.qos import qos_profile_sensor_data
    from facetalk_ros.ros.parameter import Parameter
    from facetalk_ros.ros.time import Time
    from facetalk_ros.ros.duration import Duration
    from facetalk_ros.ros.clock import ClockType
    from facetalk_ros.ros.task import Future
    from facetalk_ros.ros.messages import as_sequence, get_message, get_service
    from facetalk_ros.ros.serialization import deserialize_message, serialize_message

    String = get_message('std_msgs/msg/String')             # not: from std_msgs.msg import String
    Blendshapes = get_message('facetalk_ros/msg/Blendshapes')
    ParameterDescriptor = get_message('rcl_interfaces/msg/ParameterDescriptor')

    def main(args=None):
        rclpy.init(args=args)
        try:
            with SingleThreadedExecutor() as executor:
                executor.add_node(MyNode())
                executor.spin()
        except (KeyboardInterrupt, ExternalShutdownException):
            pass
        finally:
            rclpy.try_shutdown()

An executor of one's own, because rclpy.spin() makes one only then, and a signal shortly before is
a traceback in rclpy. Its signal handlers keep a race between two waits; nodes.interrupt has none.
ROS 2 Jazzy or newer is needed.

What holds in both worlds, and what does not:
- Constructors take keywords only. A float field takes a float, not an int and not numpy.float32;
  an int field takes an int, not numpy.int64; a byte field takes and gives bytes of length 1.
  Convert first: this graph always checks, rclpy only with ROS_PYTHON_CHECK_FIELDS=1.
- Assign numeric sequences as as_sequence(ndarray), array.array, list or bytes (for uint8). They
  are read as array.array in rclpy and as numpy arrays here; arrays of fixed size are numpy arrays
  in both. len(), indexing, iteration, tobytes() and numpy.asarray() work in both; truth
  (`if msg.data`) and `==` do not.
- Assign message, string and byte sequences as lists.
- Default values written in a .msg file are not applied here: set what must not be zero.
- The embedded graph has no coroutine callbacks, actions or multi-threaded executor.
"""

from typing import Literal


def backend_name() -> Literal['embedded', 'rclpy']:
    """Return 'rclpy' or 'embedded'; raises ImportError that says what to install."""
    from .backend import BACKEND

    return BACKEND


__all__ = ['backend_name']
