# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from facetalk_ros.audio.clock import AudioClock
from facetalk_ros.audio.files import AudioFile, read_audio
from facetalk_ros.audio.input import AudioInput, Block, Reset
from facetalk_ros.audio.pcm import Pcm
from facetalk_ros.audio.resample import StreamingResampler

NS = 1_000_000_000
T0 = 1_700_000_000 * NS
CLIP = Path(__file__).parents[1] / 'data' / 'sense.opus'


def joined(items):
    """Check that the blocks follow on each other and return their samples."""
    position = None
    for item in items:
        if position is not None:
            assert item.start_s == position / 16000
        if isinstance(item, Block):
            assert len(item.samples)
            position = round(item.start_s * 16000) + len(item.samples)
    parts = [item.samples for item in items if isinstance(item, Block)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def numbered(n):
    """Return samples that say where they belong: none is zero, all differ."""
    return (np.arange(1, n + 1) / 2**24).astype(np.float32)


class CountingInput(AudioInput):
    n_sent = 0

    def push(self, pcm, stamp_ns, now_ns):
        self.n_sent += len(pcm.samples)
        return super().push(pcm, stamp_ns, now_ns)


def send(audio, truth, start, end, jitter_ns=0):
    pcm = Pcm(truth[start:end, None], 16000)
    return audio.push(pcm, T0 + start * 62_500 + jitter_ns, T0)


EVENTS = st.lists(
    st.tuples(
        st.integers(1, 900),
        st.sampled_from(['play', 'play', 'play', 'lose', 'twice', 'swap', 'overlap', 'echo']),
        st.integers(-5_000_000, 5_000_000),
    ),
    max_size=40,
)


def deliver(audio, truth, events, jitter):
    """Send truth cut into chunks, with all that happens on a network; return what came out."""
    items, position, held, sent = [], 0, None, []
    for length, event, jitter_ns in events:
        start, end = position, min(position + length, len(truth))
        if event == 'overlap':
            start = max(0, start - length // 2)
        position = end
        chunk = (start, end, jitter_ns * jitter)
        if event == 'lose':
            continue
        if event == 'swap' and held is None:
            held = chunk
            continue
        batch = [chunk] * (2 if event == 'twice' else 1)
        if held is not None:
            batch.append(held)
            held = None
        if event == 'echo' and sent:
            batch.append(sent[-len(sent) // 2])
        for start, end, jitter_ns in batch:
            items += send(audio, truth, start, end, jitter_ns)
        sent += batch
    return items


@settings(max_examples=200, deadline=None)
@given(EVENTS)
@example([(1, 'swap', 0), (4, 'play', 0), (10, 'overlap', 0)])  # a straggler, then its repeat
def test_exact_stamps_put_every_sample_where_it_belongs(events):
    truth = numbered(40_000)
    # no time is filled or let go: each loss is silence of its own length
    audio = AudioInput(AudioClock(tolerance_s=0, max_gap_s=10, max_back_s=10))
    items = deliver(audio, truth, [(200, 'play', 0), *events], jitter=0)
    assert not any(isinstance(item, Reset) for item in items)
    out = joined(items)
    played = out != 0
    np.testing.assert_array_equal(out[played], truth[: len(out)][played])
    assert np.count_nonzero(~played) == round(audio.counts.inserted_s * 16000)


@settings(max_examples=200, deadline=None)
@given(EVENTS)
def test_lengths_add_up_whatever_happens(events):
    truth = numbered(40_000)
    audio = CountingInput()
    events = [(200, 'play', 0), *events]
    items = deliver(audio, truth, events, jitter=1)
    out = joined(items)
    counts = audio.counts
    assert len(out) == audio.n_sent + round((counts.inserted_s - counts.dropped_s) * 16000)
    stamps = [
        audio.stamp_ns_at(block.start_s, block.segment)
        for block in items
        if isinstance(block, Block) and block.segment == 0
    ]
    assert stamps == sorted(stamps)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([8000, 16000, 22050, 44100, 47999, 48000]),
    st.lists(st.integers(1, 2000), min_size=1, max_size=12),
    st.integers(1, 3),
)
def test_the_cut_does_not_matter(rate, lengths, channels):
    n = sum(lengths)
    x = np.random.default_rng(n).uniform(-1, 1, (n, channels)).astype(np.float32)

    def run(cuts):
        audio, items, at = AudioInput(), [], 0
        for piece in np.split(x, cuts):
            items += audio.push(Pcm(piece, rate), T0 + at * NS // rate, T0)
            at += len(piece)
        return joined(items + audio.finish()), audio

    whole, _ = run([])
    cut, audio = run(np.cumsum(lengths)[:-1])
    np.testing.assert_array_equal(whole, cut)
    assert audio.stamp_ns_at(n / rate) == pytest.approx(T0 + n * NS // rate, abs=100)


def test_a_change_of_rate_keeps_the_timeline():
    rng = np.random.default_rng(0)
    audio, items, wanted, stamp_ns = AudioInput(), [], [], T0
    for rate, n in ((48000, 5001), (44100, 3000), (16000, 801), (8000, 333), (48000, 77)):
        x = rng.uniform(-1, 1, n).astype(np.float32)
        items += audio.push(Pcm(x[:, None], rate), stamp_ns, T0)
        stamp_ns += n * NS // rate
        resampler = StreamingResampler(rate)
        wanted += [resampler.push(x), resampler.flush()]
    items += audio.finish()
    assert not any(isinstance(item, Reset) for item in items)
    np.testing.assert_array_equal(joined(items), np.concatenate(wanted))
    assert audio.format_changes == 4
    assert abs(audio.stamp_ns_at(len(joined(items)) / 16000) - stamp_ns) < 5 * 62_500


def test_a_change_of_channels_is_no_change():
    x = np.random.default_rng(0).uniform(-1, 1, 960).astype(np.float32)
    audio = AudioInput()
    items = audio.push(Pcm(x[:480, None], 48000), T0, T0)
    items += audio.push(Pcm(np.stack([x[480:]] * 2, 1), 48000), T0 + NS // 100, T0)
    items += audio.finish()
    resampler = StreamingResampler(48000)
    wanted = np.concatenate([resampler.push(x), resampler.flush()])
    np.testing.assert_array_equal(joined(items), wanted)
    assert audio.format_changes == 0


def test_a_dropped_chunk_of_another_rate_changes_nothing():
    audio = AudioInput()
    x = np.ones((960, 1), np.float32)
    audio.push(Pcm(x, 48000), T0, T0)
    audio.push(Pcm(x, 48000), T0 + NS // 50, T0)
    assert audio.push(Pcm(x[:100], 44100), T0 - NS // 10, T0) == []
    assert audio.format_changes == 0
    assert audio.counts.out_of_order == 1


def test_a_new_segment_comes_after_the_tail_of_the_old():
    audio = AudioInput()
    x = np.full((4800, 1), 0.5, np.float32)
    first = audio.push(Pcm(x, 48000), T0, T0)
    assert [type(i) for i in first] == [Block]
    second = audio.push(Pcm(x, 48000), T0 + 10 * NS, T0)
    assert [type(i) for i in second] == [Block, Reset, Block]
    assert [i.segment for i in second] == [0, 1, 1]
    assert second[1].start_s == 0.1
    assert second[1].reason == 'gap'
    np.testing.assert_allclose(joined(first + second[:1]), 0.5, atol=1e-6)
    assert audio.stamp_ns_at(0.1) == T0 + 10 * NS
    assert audio.stamp_ns_at(0.1, segment=0) == T0 + NS // 10


def test_finish_ends_the_utterance_and_the_next_chunk_is_announced():
    audio = AudioInput()
    x = np.full((4800, 1), 0.5, np.float32)
    out = audio.push(Pcm(x, 48000), T0, T0) + audio.finish()
    assert len(joined(out)) == 1600
    assert audio.finish() == []
    more = audio.push(Pcm(x, 48000), T0 + NS // 10, T0)
    assert [type(i) for i in more] == [Reset, Block]
    assert more[0].start_s == more[1].start_s == 0.1


def test_silence_in_a_gap_is_resampled_with_the_rest():
    audio = AudioInput()
    x = np.full((960, 1), 0.5, np.float32)
    items = audio.push(Pcm(x, 48000), T0, T0)
    items += audio.push(Pcm(x, 48000), T0 + 120_000_000, T0) + audio.finish()
    out = joined(items)
    assert len(out) == 320 + 1600 + 320
    assert np.abs(out[370:1870]).max() < 1e-6
    np.testing.assert_allclose(out[[100, 2100]], 0.5, atol=1e-3)


def test_a_sentence_sent_at_once_with_the_time_of_sending_is_whole():
    whole, _ = read_audio(CLIP)
    audio, items = AudioInput(), []
    with AudioFile(CLIP) as file:
        for i, block in enumerate(file.blocks(0.128)):
            items += audio.push(block, T0 + i * 1_500_000, T0 + i * 1_500_000)
    np.testing.assert_array_equal(joined(items), whole.samples[:, 0])
    assert not any(isinstance(item, Reset) for item in items)
    assert audio.counts.burst_stamps > 40


def test_windows_that_overlap_by_nine_tenths_are_trimmed():
    whole, _ = read_audio(CLIP)
    audio, items = AudioInput(), []
    for start in range(8000, 40_000, 200):
        window = Pcm(whole.samples[start : start + 2000], 16000)
        items += audio.push(window, T0 + start * 62_500, T0)
    out = joined(items)
    np.testing.assert_array_equal(out, whole.samples[8000 : 8000 + len(out), 0])
    assert len(out) > 31_000


def test_bad_samples_are_replaced_and_counted():
    audio = AudioInput()
    items = audio.push(Pcm(np.float32([[0.5], [np.nan], [np.inf], [-1e9]]), 16000), T0, T0)
    assert joined(items).tolist() == [0.5, 0, 0, -8]
    assert audio.bad_samples == 3


def test_an_empty_chunk_gives_nothing():
    assert AudioInput().push(Pcm(np.zeros((0, 2), np.float32), 48000), T0, T0) == []


def test_a_bad_rate_changes_nothing():
    audio = AudioInput()
    with pytest.raises(ValueError, match='0 Hz'):
        audio.push(Pcm(np.zeros((3, 1), np.float32), 0), T0, T0)
    assert audio.push(Pcm(np.ones((3, 1), np.float32), 16000), T0, T0)


def test_a_real_recording_comes_through_unharmed():
    whole, _ = read_audio(CLIP)
    audio, items, at = AudioInput(), [], 0
    with AudioFile(CLIP) as file:
        for block in file.blocks(0.03):
            items += audio.push(block, T0 + at * 62_500, T0)
            at += len(block.samples)
    np.testing.assert_array_equal(joined(items), whole.samples[:, 0])
