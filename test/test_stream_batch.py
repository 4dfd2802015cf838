# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.audio.files import read_audio
from facetalk_ros.stream import FaceStream
from facetalk_ros.stream_batch import StreamBatch

DATA = Path(__file__).parent / 'data'
CLIPS = ('sense', 'amiable', 'sonnet')


@pytest.fixture(scope='module')
def clips():
    return [read_audio(DATA / f'{name}.opus')[0].samples[:48000, 0] for name in CLIPS]


def stream(place, told=True):
    face = FaceStream(seed=place)
    if told:
        face.push_text((DATA / f'{CLIPS[place]}.txt').read_text(encoding='utf-8'))
    return face


def assert_close(frames, expected):
    assert [f.time_s for f in frames] == [f.time_s for f in expected]
    shown, wanted = (np.stack([f.weights for f in fs]) for fs in (frames, expected))
    np.testing.assert_allclose(shown, wanted, atol=1e-4)
    np.testing.assert_allclose([f.head for f in frames], [f.head for f in expected], atol=1e-4)


def in_uneven_chunks(batch, clips, seed=0):
    """Push clips in chunks of any size, some of them empty; return the frames of each stream."""
    rng = np.random.default_rng(seed)
    frames, at = [[] for _ in clips], np.zeros(len(clips), int)
    while (at < [len(x) for x in clips]).any():
        sizes = rng.integers(0, 4000, len(clips)) * rng.integers(0, 2, len(clips))
        chunks = [x[a : a + n] for x, a, n in zip(clips, at, sizes, strict=True)]
        at += sizes
        for kept, new in zip(frames, batch.push_audio(chunks), strict=True):
            kept += new
    return frames


@pytest.mark.parametrize('told', [True, False])
def test_frames_of_a_batch_are_those_of_streams_alone(clips, told):
    batch = StreamBatch([stream(k, told) for k in range(3)])
    frames = in_uneven_chunks(batch, clips)
    frames = [kept + new for kept, new in zip(frames, batch.finish(), strict=True)]
    for k, clip in enumerate(clips):
        alone = stream(k, told)
        assert_close(frames[k], alone.push_audio(clip) + alone.finish())
        assert len(batch.streams[k].take_keys()) == len(alone.take_keys())


def test_streams_reset_and_finish_at_different_times(clips):
    batch = StreamBatch([stream(k) for k in range(3)])
    first = batch.push_audio([x[:20000] for x in clips])
    batch.streams[1].reset()
    ended = batch.finish([2])
    assert ended[0] == ended[1] == []
    second = batch.push_audio([clips[0][20000:], clips[1][20000:30000], []])
    last = batch.finish()

    def frames(k):
        return first[k] + ended[k] + second[k] + last[k]

    face = stream(0)
    assert_close(frames(0), face.push_audio(clips[0]) + face.finish())
    face = stream(1)
    expected = face.push_audio(clips[1][:20000])
    face.reset()
    assert_close(frames(1), expected + face.push_audio(clips[1][20000:30000]) + face.finish())
    face = stream(2)
    expected = face.push_audio(clips[2][:20000]) + face.finish()
    assert_close(frames(2), expected + face.finish())


def test_a_stream_may_be_pushed_alone_in_between(clips):
    batch = StreamBatch([stream(0), stream(1)])
    frames = batch.push_audio([clips[0][:10000], clips[1][:10000]])[0]
    frames += batch.streams[0].push_audio(clips[0][10000:20000])
    frames += batch.push_audio([clips[0][20000:], []])[0]
    face = stream(0)
    assert_close(frames, face.push_audio(clips[0]))


def test_streams_of_one_step_share_a_call_of_the_network(clips, monkeypatch):
    batch, calls = StreamBatch([stream(k, False) for k in range(3)]), []
    model = type(batch.streams[0]._model)
    step_many = model.step_many

    def counted(self, inputs, states):
        calls.append(len(inputs))
        return step_many(self, inputs, states)

    monkeypatch.setattr(model, 'step_many', counted)
    batch.push_audio([clips[0][:640], clips[1][:320], clips[2][:300]])
    assert calls == [2, 1]


def test_a_chunk_that_cannot_be_leaves_all_streams_as_they_were(clips):
    batch = StreamBatch([stream(0, False), stream(1, False)])
    for bad, rate_hz in ((np.zeros((2, 2, 2)), 16000), (['x'], 16000), (clips[1], 10)):
        with pytest.raises(ValueError, match=r'shape|type|rate'):
            batch.push_audio([clips[0], bad], rate_hz)
    with pytest.raises(ValueError, match='1 chunks for 2 streams'):
        batch.push_audio([clips[0]])
    with pytest.raises(ValueError, match='stream 2 is not there'):
        batch.finish([0, 2])
    assert [s.input_time_s for s in batch.streams] == [0.0, 0.0]


def test_what_overflows_is_counted_as_bad():
    batch = StreamBatch([FaceStream()])
    batch.push_audio([np.full(320, 1e300)])
    assert batch.streams[0].bad_samples == 320


def test_a_stream_twice_is_refused():
    face = FaceStream()
    with pytest.raises(ValueError, match='twice'):
        StreamBatch([face, face])


def test_a_batch_may_be_empty():
    batch = StreamBatch([])
    assert batch.push_audio([]) == batch.finish() == []
