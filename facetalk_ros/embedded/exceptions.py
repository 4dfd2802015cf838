# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The errors of the embedded graph, under the names that rclpy gives them."""


class GraphError(RuntimeError):
    """The middleware refused an operation."""


class NotInitializedException(Exception):
    """Raised when init() has not been called."""


class ExternalShutdownException(Exception):
    """The context was shut down while an executor was spinning, for example by a signal."""


class ShutdownException(Exception):
    """The executor was shut down while it was waiting."""


class TimeoutException(Exception):
    """Nothing became ready within the timeout."""


class InvalidHandle(Exception):
    """The entity, or the context it belongs to, was destroyed."""


class NameValidationException(Exception):
    """A node, namespace, topic or service name is not valid."""

    def __init__(self, name_type: str, name: str, error_msg: str, invalid_index: int = 0) -> None:
        super().__init__(f'Invalid {name_type}: {error_msg}: {name!r}')
        self.name = name
        self.error_msg = error_msg
        self.invalid_index = invalid_index


class InvalidNodeNameException(NameValidationException):
    """The node name is not valid."""


class InvalidNamespaceException(NameValidationException):
    """The namespace is not valid."""


class InvalidTopicNameException(NameValidationException):
    """The topic name is not valid."""


class InvalidServiceNameException(NameValidationException):
    """The service name is not valid."""


class ParameterException(Exception):
    """Base of the parameter errors."""


class ParameterNotDeclaredException(ParameterException):
    """The parameter was not declared."""


class ParameterAlreadyDeclaredException(ParameterException):
    """The parameter was declared before."""


class ParameterUninitializedException(ParameterException):
    """The parameter was declared by type only and has no value yet."""


class ParameterImmutableException(ParameterException):
    """The parameter is read-only."""


class InvalidParameterException(ParameterException):
    """The parameter name is not valid."""


class InvalidParameterTypeException(ParameterException):
    """The value has not the declared type."""


class InvalidParameterValueException(ParameterException):
    """The value was refused by a range or by a callback."""


class RCLInvalidROSArgsError(ValueError):
    """The text after --ros-args, or a parameter file, could not be understood."""


class UnknownROSArgsError(RCLInvalidROSArgsError):
    """An option after --ros-args does not exist."""
