# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The drawn face as a video with its sound."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

try:
    import av
except ImportError as error:
    raise ImportError(
        "videos need PyAV: install the extra 'video', pip install 'facetalk_ros[video]'"
    ) from error

from facetalk_ros.view.face_model import FaceModel
from facetalk_ros.view.renderer import FaceRenderer, Pixels, Region

from .target import whole_file
from .track import Audio, FrameLike, Track, as_track, poses_at

Progress = Callable[[int, int], None]

# What this build of PyAV has, the best first: H.264 plays everywhere; MPEG-4 Part 2 is in every
# build. The encoders are PyAV's, with its licences (libx264 is GPL); none is part of this package.
_ENCODERS = (
    ('libx264', {'preset': 'ultrafast', 'crf': '20'}),
    ('libopenh264', {'b': '1M'}),
    ('mpeg4', {'qscale': '3'}),
)
# the rates that AAC in .mp4 knows; another one becomes the next higher of them
_SOUND_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def write_mp4(
    path: Path,
    frames: Sequence[FrameLike] | Track,
    face: FaceModel,
    *,
    audio: Audio | None = None,
    size: int = 512,
    fps: int = 30,
    progress: Progress | None = None,
) -> None:
    """Write a video that begins at 0 s of the audio clock, H.264 (or MPEG-4 Part 2) and AAC.

    It lasts as long as the poses or the sound, whichever is longer; poses between two frames are
    interpolated.

    Args:
        path: the file to write.
        frames: the poses.
        face: what to draw.
        audio: the sound; more than two channels are mixed into one.
        size: width and height [pixels], even, 16 to 4096.
        fps: pictures per second, 1 to 120.
        progress: called with pictures done and pictures in all, about once a second of video.

    Raises:
        ValueError: see as_track; a size or fps out of range; or no video encoder in this PyAV.
        OSError: see whole_file.

    """
    if size % 2:
        raise ValueError(f'size {size} is odd, a video needs an even one')
    if not 1 <= fps <= 120:
        raise ValueError(f'fps {fps} is outside 1 to 120')
    track = as_track(frames)
    renderer = FaceRenderer(face, size)
    codec, options = _video_encoder()
    lasts_s = track.times_s[-1] + 1 / fps
    if audio is not None:
        lasts_s = max(lasts_s, len(audio.samples) / audio.rate_hz)
    count = max(1, math.ceil(lasts_s * fps - 1e-6))
    poses = poses_at(track, np.arange(count) / fps)
    with (
        whole_file(path) as part,
        # bitexact: no version or date in the file, equal input gives equal bytes
        av.open(str(part), 'w', format='mp4', options={'fflags': '+bitexact'}) as out,
    ):
        pictures: Any = out.add_stream(codec, rate=fps, options=options)
        pictures.width = pictures.height = size
        pictures.pix_fmt = 'yuv420p'
        pictures.codec_context.thread_count = 1
        sound = _Sound(out, audio) if audio is not None else None
        planes = _Planes(size)
        for done, (image, regions) in enumerate(renderer.changes(poses), start=1):
            planes.update(image, regions)
            picture = planes.frame()
            picture.pts, picture.time_base = done - 1, Fraction(1, fps)
            out.mux(pictures.encode(picture))
            if sound is not None:
                sound.write_until(done / fps)
            if progress is not None and (done % fps == 0 or done == count):
                progress(done, count)
        out.mux(pictures.encode(None))
        if sound is not None:
            sound.finish()


def _video_encoder() -> tuple[str, dict[str, str]]:
    for codec, options in _ENCODERS:
        try:
            av.Codec(codec, 'w')
        except ValueError:  # UnknownCodecError: this build has no such encoder
            continue
        return codec, options
    raise ValueError(f'this PyAV has none of the encoders {", ".join(c for c, _ in _ENCODERS)}')


class _Planes:
    """A picture as video has it: brightness, and colours at half the resolution."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._all = np.zeros((size * 3 // 2, size), np.uint8)
        half = size // 2
        self._bright = self._all[:size]
        self._colors = self._all[size:].reshape(2, half, half)

    def update(self, image: Pixels, regions: Sequence[Region]) -> None:
        """Take over what changed; regions begin and end at even pixels."""
        for region in regions:
            height, width = region.shape
            part = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(image[region.area]), format='rgb24'
            )
            planes = part.reformat(format='yuv420p').to_ndarray()
            self._bright[region.area] = planes[:height]
            top, left = region.top // 2, region.left // 2
            self._colors[:, top : top + height // 2, left : left + width // 2] = planes[
                height:
            ].reshape(2, height // 2, width // 2)

    def frame(self) -> Any:
        """Return the picture as an av.VideoFrame."""
        return av.VideoFrame.from_ndarray(self._all, format='yuv420p')


class _Sound:
    """The sound of a video, encoded alongside the pictures so that neither waits in memory."""

    def __init__(self, out: Any, audio: Audio) -> None:
        self._out = out
        samples = audio.as_int16()
        if samples.shape[1] > 2:
            samples = samples.astype(np.int32).mean(1, keepdims=True).astype(np.int16)
        self._samples = samples
        self._rate_hz = audio.rate_hz
        self._layout = 'stereo' if samples.shape[1] == 2 else 'mono'
        rate_hz = next((hz for hz in _SOUND_HZ if hz >= audio.rate_hz), _SOUND_HZ[-1])
        self._stream = out.add_stream('aac', rate=rate_hz, layout=self._layout)
        self._resampler = av.AudioResampler('fltp', self._layout, rate_hz)
        self._written = 0

    def write_until(self, time_s: float) -> None:
        """Encode the sound up to a time."""
        end = min(len(self._samples), round(time_s * self._rate_hz))
        if end <= self._written:
            return
        block = np.ascontiguousarray(self._samples[self._written : end]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, format='s16', layout=self._layout)
        frame.sample_rate = self._rate_hz
        frame.pts, frame.time_base = self._written, Fraction(1, self._rate_hz)
        self._written = end
        for resampled in self._resampler.resample(frame):
            self._out.mux(self._stream.encode(resampled))

    def finish(self) -> None:
        """Encode what is left and what the encoder holds."""
        self.write_until(len(self._samples) / self._rate_hz)
        for resampled in self._resampler.resample(None):
            self._out.mux(self._stream.encode(resampled))
        self._out.mux(self._stream.encode(None))
