# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""StreamBatch: many FaceStreams in one process, with one call of a network for all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from .audio.features import SAMPLE_RATE_HZ
from .audio.pcm import check_rate_hz, to_mono
from .inference.batch import together
from .stream import FaceStream, Frame


class StreamBatch:
    """Advances several FaceStreams together.

    The streams remain their owners': text, settings, expressions and barge-in go to each, at any
    time between two calls, and a stream may be pushed alone. Their frames are those of a stream
    alone. To the last bit they were, where it was measured (x86-64 with AVX, onnxruntime 1.32);
    what is promised is 1e-4, as a matrix kernel may sum in another order for another number of
    rows, on a GPU above all.

    One core took 1.2 to 1.3 times as many streams in batches of 8 to 32 as it took alone.

    Attributes:
        streams: in the order of chunks and frames.

    """

    def __init__(self, streams: Sequence[FaceStream]) -> None:
        """Take streams; those of the same device share their networks.

        Raises:
            ValueError: a stream is there twice.

        """
        if len(set(map(id, streams))) < len(streams):
            raise ValueError('a stream is there twice')
        self.streams = tuple(streams)

    def push_audio(
        self, chunks: Sequence[npt.ArrayLike], rate_hz: int = SAMPLE_RATE_HZ
    ) -> list[list[Frame]]:
        """Take the next samples of each stream; return the frames that are ready.

        Args:
            chunks: as FaceStream.push_audio takes them, one for each stream, of any lengths;
                [] where nothing came.
            rate_hz: 8,000 to 192,000.

        Returns:
            The frames of each stream.

        Raises:
            ValueError: another number of chunks, another type or shape, or an impossible rate.
                No stream has taken anything then.

        """
        if len(chunks) != len(self.streams):
            raise ValueError(f'{len(chunks)} chunks for {len(self.streams)} streams')
        check_rate_hz(rate_hz)
        # a chunk that cannot be must not leave the streams before it a step ahead
        with np.errstate(over='ignore', invalid='ignore'):  # the stream counts what overflows
            monos = [to_mono(chunk) for chunk in chunks]
        return together([s.pushing(x, rate_hz) for s, x in zip(self.streams, monos, strict=True)])

    def finish(self, which: Collection[int] | None = None) -> list[list[Frame]]:
        """End utterances, as FaceStream.finish does.

        Args:
            which: places of the streams that end; all without it.

        Returns:
            The frames of each stream; none of those that go on.

        Raises:
            ValueError: there is no such stream. None has ended then.

        """
        ending = range(len(self.streams)) if which is None else sorted(set(which))
        wrong = [i for i in ending if not 0 <= i < len(self.streams)]
        if wrong:
            raise ValueError(f'stream {wrong[0]} is not there: there are {len(self.streams)}')
        frames: list[list[Frame]] = [[] for _ in self.streams]
        shown = together([self.streams[i].finishing() for i in ending])
        for i, of_stream in zip(ending, shown, strict=True):
            frames[i] = of_stream
        return frames
