# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Any of the audio messages in the wild, told apart by their fields, to PCM and a stamp."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from facetalk_ros.audio.pcm import (
    Encoding,
    Pcm,
    UnsupportedEncoding,
    check_channels,
    check_rate_hz,
    compressed_text,
    decode,
    encoding_by_audio_utils,
    encoding_by_foxglove,
    encoding_by_name,
    encoding_by_portaudio,
)

#: Message types that PcmAdapter takes, in the order to try them when a topic's type is not known.
#: ros-drivers' and mgonzs13's audio_common_msgs have one package name and different messages.
AUDIO_TYPES = (
    'facetalk_ros/msg/AudioChunk',
    'audio_common_msgs/msg/AudioDataStamped',
    'audio_common_msgs/msg/AudioData',
    'audio_common_msgs/msg/AudioStamped',
    'audio_utils_msgs/msg/AudioFrame',
    'foxglove_msgs/msg/RawAudio',
)

#: What tells the format of ros-drivers' AudioData and AudioDataStamped, latched on its own topic.
AUDIO_INFO_TYPE = 'audio_common_msgs/msg/AudioInfo'

# mgonzs13's AudioData has one field for each PortAudio format
_PORTAUDIO_FIELDS = {
    'F32LE': ('float32_data', '<f4'),
    'S32LE': ('int32_data', '<i4'),
    'S16LE': ('int16_data', '<i2'),
    'S8': ('int8_data', 'i1'),
    'U8': ('uint8_data', 'u1'),
}

# ros-drivers' coding_format of plain samples; its 'wave' mode sends them without a header
_PLAIN_CODINGS = ('', 'wave', 'wav', 'pcm', 'raw')


class BadAudioMessage(ValueError):
    """A message that cannot be used as audio; the text says why and what to do."""


class StampedPcm(NamedTuple):
    """What is in a message: audio, and the time of its first sample (0: the sender gave none)."""

    pcm: Pcm
    stamp_ns: int


class _Format(NamedTuple):
    encoding: Encoding
    rate_hz: int
    channels: int


class PcmAdapter:
    """Converts messages of one topic.

    No message package is imported: messages are known by their fields, so it works alike on those
    of rclpy, of the embedded graph and of rosbags, whose sequences are array.array, ndarray,
    bytes or list.
    """

    def __init__(self) -> None:
        self._info: _Format | None = None
        self._info_error = (
            'AudioData does not tell its format, and no AudioInfo has arrived: '
            "is 'audio_info' of the sender remapped along with 'audio'?"
        )

    def set_info(self, info: Any) -> None:
        """Take ros-drivers' AudioInfo, the format of the AudioData that follow.

        Raises:
            BadAudioMessage: a format that cannot be used, such as MP3. Every AudioData is then
                refused with the same text, until another AudioInfo comes.

        """
        self._info = None
        try:
            coding = str(info.coding_format).strip()
            if coding.lower() not in _PLAIN_CODINGS:
                raise UnsupportedEncoding(compressed_text(coding))
            self._info = _Format(
                encoding_by_name(info.sample_format),
                check_rate_hz(int(info.sample_rate)),
                check_channels(int(info.channels)),
            )
        except ValueError as error:
            self._info_error = f'AudioInfo: {error}'
            raise BadAudioMessage(self._info_error) from None

    def convert(self, message: Any) -> StampedPcm:
        """Convert one message.

        Raises:
            BadAudioMessage: not an audio message, or one that contradicts itself.

        """
        try:
            return self._convert(message)
        except BadAudioMessage:
            raise
        except (ValueError, TypeError, OverflowError, AttributeError) as error:
            raise BadAudioMessage(f'{type(message).__name__}: {error}') from None

    def _convert(self, message: Any) -> StampedPcm:
        if hasattr(message, 'audio'):
            if hasattr(message.audio, 'audio_data'):
                return _from_portaudio(message)
            return self._from_ros_drivers(message.audio, _stamp_ns(message.header.stamp))
        if hasattr(message, 'encoding'):
            layout = _Format(
                encoding_by_name(message.encoding), message.sample_rate, message.channels
            )
            return _stamped(message.data, layout, message.header.stamp)
        if hasattr(message, 'sampling_frequency'):
            layout = _Format(
                encoding_by_audio_utils(message.format),
                message.sampling_frequency,
                message.channel_count,
            )
            return _stamped(message.data, layout, message.header.stamp)
        if hasattr(message, 'number_of_channels'):
            layout = _Format(
                encoding_by_foxglove(message.format),
                message.sample_rate,
                message.number_of_channels,
            )
            return _stamped(message.data, layout, message.timestamp)
        if hasattr(message, 'data'):
            return self._from_ros_drivers(message, 0)
        raise BadAudioMessage(f'{type(message).__name__} is not an audio message that is known')

    def _from_ros_drivers(self, audio_data: Any, stamp_ns: int) -> StampedPcm:
        if self._info is None:
            raise BadAudioMessage(self._info_error)
        return StampedPcm(_decode(_as_bytes(audio_data.data), self._info), stamp_ns)


def _from_portaudio(message: Any) -> StampedPcm:
    info = message.audio.info
    encoding = encoding_by_portaudio(int(info.format))
    if encoding.name not in _PORTAUDIO_FIELDS:
        raise UnsupportedEncoding(f'AudioStamped has no field for PortAudio format {info.format}')
    field, dtype = _PORTAUDIO_FIELDS[encoding.name]
    # a value per element: whatever container it is, it holds numbers of this type
    data = message.audio.audio_data
    values = np.asarray(getattr(data, field), dtype)
    filled = [name for name, _ in _PORTAUDIO_FIELDS.values() if len(getattr(data, name))]
    if filled not in ([], [field]):
        raise ValueError(f'format {info.format} goes with {field}, but {filled} is filled')
    pcm = _decode(values.view(np.uint8), _Format(encoding, info.rate, info.channels))
    return StampedPcm(pcm, _stamp_ns(message.header.stamp))


def _stamped(data: Any, layout: _Format, stamp: Any) -> StampedPcm:
    return StampedPcm(_decode(_as_bytes(data), layout), _stamp_ns(stamp))


def _decode(data: Any, layout: _Format) -> Pcm:
    rate_hz = check_rate_hz(layout.rate_hz)
    samples, left_over = decode(data, layout.encoding, int(layout.channels))
    if left_over:
        raise ValueError(
            f'{left_over} bytes over: the data is no whole number of {layout.encoding.name} '
            f'samples in {layout.channels} channels'
        )
    return Pcm(samples, rate_hz)


def _as_bytes(data: Any) -> npt.NDArray[np.uint8]:
    """View a uint8[] field of any container as bytes."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        return np.frombuffer(data, np.uint8)
    return np.asarray(data, np.uint8)


def _stamp_ns(stamp: Any) -> int:
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)
