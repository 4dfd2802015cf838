# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""PCM sample formats: the names others give them, and decoding to float32."""

from __future__ import annotations

import array
import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

#: Sample rates that are taken for speech, in Hz.
MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 192_000
#: More channels than any microphone array on a robot; beyond it a header is not believed.
MAX_CHANNELS = 64
#: Louder float samples than this (18 dB over full scale) are broken data, not speech.
SANE_PEAK = 8.0


class UnsupportedEncoding(ValueError):
    """Audio that is not plain PCM, or is named in a way nobody documents."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How one sample lies in memory.

    ``bits`` counts the bits that carry the value; they are the low bits of ``sample_bytes``
    bytes (GStreamer's definition for S24_32LE and S20LE alike).
    """

    name: str
    kind: str
    bits: int
    sample_bytes: int
    big_endian: bool = False


@dataclass(frozen=True, slots=True)
class Pcm:
    """A piece of audio: float32 [n, channels], full scale is -1 to 1, and its sample rate."""

    samples: Samples
    rate_hz: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz


def _all_encodings() -> dict[str, Encoding]:
    table = {name: Encoding(name, name[0].lower(), 8, 1) for name in ('S8', 'U8')}
    widths = [('16', 16, 2), ('18', 18, 3), ('20', 20, 3), ('24', 24, 3), ('24_32', 24, 4)]
    widths.append(('32', 32, 4))
    rows = [(kind, *width) for kind in 'SU' for width in widths]
    rows += [('F', '32', 32, 4), ('F', '64', 64, 8)]
    for kind, label, bits, sample_bytes in rows:
        for suffix, big in (('LE', False), ('BE', True)):
            name = kind + label + suffix
            table[name] = Encoding(name, kind.lower(), bits, sample_bytes, big)
    return table


#: Every encoding that decode() reads, by its GStreamer name; AudioChunk.msg uses the same names.
ENCODINGS = MappingProxyType(_all_encodings())

# PortAudio's PaSampleFormat bits. The values are in typed message fields, hence of this host's
# byte order, which is little-endian wherever ROS 2 runs.
_PORTAUDIO = MappingProxyType({1: 'F32LE', 2: 'S32LE', 4: 'S24LE', 8: 'S16LE', 16: 'S8', 32: 'U8'})

# The format strings of audio_utils_msgs/AudioFrame; its definition says all are little-endian.
_AUDIO_UTILS = MappingProxyType(
    {
        'signed_8': 'S8',
        'signed_16': 'S16LE',
        'signed_24': 'S24LE',
        'signed_padded_24': 'S24_32LE',
        'signed_32': 'S32LE',
        'unsigned_8': 'U8',
        'unsigned_16': 'U16LE',
        'unsigned_24': 'U24LE',
        'unsigned_padded_24': 'U24_32LE',
        'unsigned_32': 'U32LE',
        'float': 'F32LE',
        'double': 'F64LE',
    }
)

# foxglove.RawAudio documents 'pcm-s16' alone, little-endian interleaved.
_FOXGLOVE = MappingProxyType({'pcm-s16': 'S16LE'})

_COMPRESSED = re.compile(r'mp3|mpeg|opus|vorbis|ogg|flac|aac|mp4|speex|a-?law|mu-?law', re.I)


def _unsupported(name: object, family: str, known: Sequence[object]) -> UnsupportedEncoding:
    if _COMPRESSED.search(str(name)):
        return UnsupportedEncoding(compressed_text(str(name)))
    known_text = ', '.join(map(str, known))
    return UnsupportedEncoding(f'unknown {family} encoding {name!r}: known are {known_text}')


def compressed_text(coding: str) -> str:
    """Return what to tell a user whose topic carries compressed audio."""
    return (
        f'the audio is {coding}-coded, and only plain PCM can be followed sample by sample: '
        "start audio_capture with 'format:=wave' (its default is mp3), or decode it before"
    )


def encoding_by_name(name: str) -> Encoding:
    """Return the encoding of a GStreamer or AudioChunk name such as ``S16LE``, any case.

    Raises:
        UnsupportedEncoding: a compressed or unknown coding.

    """
    found = ENCODINGS.get(name.strip().upper())
    if found is None:
        raise _unsupported(name, 'PCM', tuple(ENCODINGS))
    return found


def encoding_by_portaudio(number: int) -> Encoding:
    """Return the encoding of a PortAudio sample format number (paFloat32 = 1, paInt16 = 8, ...).

    Raises:
        UnsupportedEncoding: not one of PortAudio's six.

    """
    if number not in _PORTAUDIO:
        raise _unsupported(number, 'PortAudio', tuple(_PORTAUDIO))
    return ENCODINGS[_PORTAUDIO[number]]


def encoding_by_audio_utils(name: str) -> Encoding:
    """Return the encoding of an audio_utils_msgs/AudioFrame format such as ``signed_16``.

    Raises:
        UnsupportedEncoding: a compressed or unknown coding.

    """
    return _lookup(name, 'audio_utils', _AUDIO_UTILS)


def encoding_by_foxglove(name: str) -> Encoding:
    """Return the encoding of a foxglove RawAudio format, which is ``pcm-s16``.

    Raises:
        UnsupportedEncoding: a compressed or unknown coding.

    """
    return _lookup(name, 'foxglove', _FOXGLOVE)


def _lookup(name: str, family: str, table: MappingProxyType[str, str]) -> Encoding:
    key = name.strip().lower()
    if key not in table:
        raise _unsupported(name, family, tuple(table))
    return ENCODINGS[table[key]]


def check_rate_hz(rate_hz: float) -> int:
    """Return the rate as an int.

    Raises:
        ValueError: not a whole number from 8,000 to 192,000.

    """
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ or rate_hz != int(rate_hz):
        raise ValueError(
            f'sample rate {rate_hz} Hz: must be a whole number from {MIN_RATE_HZ} to {MAX_RATE_HZ}'
        )
    return int(rate_hz)


def check_channels(channels: int) -> int:
    """Return the channel count.

    Raises:
        ValueError: not from 1 to MAX_CHANNELS.

    """
    if not 1 <= channels <= MAX_CHANNELS:
        raise ValueError(f'{channels} audio channels: must be from 1 to {MAX_CHANNELS}')
    return int(channels)


def decode(data: Any, encoding: Encoding, channels: int) -> tuple[Samples, int]:
    """Decode interleaved PCM.

    Each message stands alone, so bytes of a sample frame that is not complete are not kept for
    the next call: they are left out and counted.

    Args:
        data: bytes, bytearray, memoryview, array.array or ndarray. Only its bytes count.
        encoding: how a sample lies in memory.
        channels: interleaved channels, 1 to 64.

    Returns:
        float32 [n, channels], full scale is -1 to 1, and the number of bytes left over.
        Float encodings are passed on as they are: see sanitise().

    Raises:
        ValueError: a channel count that cannot be.

    """
    check_channels(channels)
    if isinstance(data, (np.ndarray, array.array)):
        raw = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
    else:
        raw = np.frombuffer(data, np.uint8)
    frame_bytes = encoding.sample_bytes * channels
    left_over = len(raw) % frame_bytes
    whole = np.ascontiguousarray(raw[: len(raw) - left_over])
    if encoding.kind == 'f':
        order = '>' if encoding.big_endian else '<'
        # a double may be too large for float32: it becomes infinite, which sanitise() counts
        with np.errstate(over='ignore', invalid='ignore'):
            samples = whole.view(f'{order}f{encoding.sample_bytes}').astype(np.float32)
    else:
        samples = _integers(whole, encoding)
    return samples.reshape(-1, channels), left_over


def _integers(raw: npt.NDArray[np.uint8], encoding: Encoding) -> Samples:
    """Scale integers of any width: their value bits become the top bits of an int32."""
    width = encoding.sample_bytes
    by_sample = raw.reshape(-1, width)
    if encoding.big_endian:
        by_sample = by_sample[:, ::-1]
    wide = np.zeros((len(by_sample), 4), np.uint8)
    wide[:, 4 - width :] = by_sample
    words = wide.view('<u4').reshape(-1) << np.uint32(8 * width - encoding.bits)
    if encoding.kind == 'u':
        words ^= np.uint32(0x8000_0000)
    scaled: Samples = words.view(np.int32).astype(np.float32) * np.float32(2.0**-31)
    return scaled


def to_mono(samples: npt.ArrayLike) -> Samples:
    """Return the mean of the channels as float32 [n].

    Args:
        samples: [n] or [n, channels]; floats, or int16 or int32, which are scaled to -1..1.

    Raises:
        ValueError: another shape or type.

    """
    x = np.asarray(samples)
    if x.dtype in (np.int16, np.int32):
        x = x.astype(np.float32) * np.float32(1 / (np.iinfo(x.dtype).max + 1))
    elif x.dtype.kind != 'f':
        raise ValueError(f'audio of type {x.dtype}: must be float, int16 or int32')
    if x.ndim not in (1, 2) or (x.ndim == 2 and not x.shape[1]):
        raise ValueError(f'audio of shape {x.shape}: must be [n] or [n, channels]')
    if x.ndim == 1:
        return x.astype(np.float32, copy=False)
    mono = x[:, 0].astype(np.float32)
    # one channel after the other: numpy's mean may sum in another order for another length
    for channel in range(1, x.shape[1]):
        mono += x[:, channel]
    if x.shape[1] > 1:
        mono *= np.float32(1 / x.shape[1])
    return mono


def sanitise(samples: Samples) -> tuple[Samples, int]:
    """Make float samples safe: NaN and infinity become 0, absurd peaks are clipped.

    Args:
        samples: float32, any shape; not modified.

    Returns:
        The samples (the same array when nothing was wrong) and how many were changed.

    """
    # one pass finds both: a comparison with NaN is false
    good = np.abs(samples) <= SANE_PEAK
    bad_count = int(samples.size - np.count_nonzero(good))
    if not bad_count:
        return samples, 0
    finite = np.where(np.isfinite(samples), samples, np.float32(0))
    return np.clip(finite, -SANE_PEAK, SANE_PEAK), bad_count
