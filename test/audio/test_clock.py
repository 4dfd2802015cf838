# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.audio.clock import AudioClock, Decision

NS = 1_000_000_000
T0 = 1_700_000_000 * NS
CHUNK = 320


def play(clock, stamps, n=CHUNK, rate=16000):
    return [clock.push(stamp, n, rate, T0) for stamp in stamps]


def steady(count, start=T0, n=CHUNK, rate=16000):
    return [start + i * n * NS // rate for i in range(count)]


@pytest.mark.parametrize('rate', [8000, 11025, 44100, 47999])
def test_chunks_that_follow_each_other_are_left_alone(rate):
    clock = AudioClock()
    decisions = play(clock, steady(500, n=441, rate=rate), 441, rate)
    assert decisions[0] == Decision(new_segment='start')
    assert set(decisions[1:]) == {Decision()}
    assert clock.position_s == pytest.approx(500 * 441 / rate)
    assert clock.stamp_ns_at(2.5) == pytest.approx(T0 + 2.5 * NS, abs=10)


@pytest.mark.parametrize('true_rate', [16001, 15999, 16048, 15968])
@pytest.mark.parametrize('jitter_s', [0.0, 0.005])
def test_ten_minutes_of_a_sound_card_that_is_off(true_rate, jitter_s):
    clock = AudioClock()
    rng = np.random.default_rng(true_rate)
    worst_s = 0.0
    last_ns = 0
    for i in range(30_000):
        true_s = i * CHUNK / true_rate
        stamp_ns = T0 + round((true_s + rng.uniform(-jitter_s, jitter_s)) * NS)
        assert clock.push(stamp_ns, CHUNK, 16000, T0).insert_samples == 0
        stream_s = i * CHUNK / 16000
        shown_ns = clock.stamp_ns_at(stream_s)
        # a slope within one per cent of real time: no jump, ever
        if last_ns:
            assert 0.99 * 0.02 * NS <= shown_ns - last_ns <= 1.01 * 0.02 * NS
        last_ns = shown_ns
        if i > 500:
            worst_s = max(worst_s, abs(shown_ns - T0 - true_s * NS) / NS)
    # off by 0.2 % for the worst of them: the loop lags by that of its 2 s, and jitter is averaged
    assert worst_s < 2.2 * abs(true_rate / 16000 - 1) + 0.3 * jitter_s + 1e-4
    assert clock.counts.gaps == clock.counts.overlaps == clock.counts.resets == 0
    assert clock.position_s == 600
    assert clock.counts.slewed_s >= abs(600 * (16000 / true_rate - 1)) * 0.9


@settings(deadline=None)
@given(st.lists(st.integers(-15_000_000, 15_000_000), min_size=1, max_size=200))
def test_jitter_within_the_tolerance_moves_nothing_suddenly(jitter_ns):
    clock = AudioClock()
    stamps = steady(len(jitter_ns) + 1)
    stamps[1:] = [stamp + j for stamp, j in zip(stamps[1:], jitter_ns, strict=True)]
    assert set(play(clock, stamps)[1:]) == {Decision()}
    times_s = np.arange(0, clock.position_s, 1 / 240)
    shown = np.array([clock.stamp_ns_at(t) for t in times_s])
    steps = np.diff(shown) / (NS / 240)
    assert np.all((steps > 0.989) & (steps < 1.011))
    assert np.abs(shown - T0 - times_s * NS).max() < 0.015 * NS


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 4000), st.integers(-5_000_000, 5_000_000)), max_size=60),
    st.integers(0, 2**32 - 1),
)
def test_what_was_answered_for_a_played_time_stays(chunks, seed):
    rng = np.random.default_rng(seed)
    clock = AudioClock()
    asked = {}
    true_ns = T0
    for n, jitter_ns in [(160, 0), *chunks]:
        clock.push(true_ns + jitter_ns, n, 16000, T0)
        true_ns += n * 62_500
        for time_s in rng.uniform(max(0, clock.position_s - 1), clock.position_s, 5):
            asked[time_s] = clock.stamp_ns_at(time_s)
    assert all(abs(clock.stamp_ns_at(t) - answer) <= 1 for t, answer in asked.items())
    in_order = [asked[t] for t in sorted(asked)]
    assert in_order == sorted(in_order)


def test_a_gap_is_filled_with_as_much_silence():
    clock = AudioClock()
    decisions = play(clock, [T0, T0 + 20_000_000, T0 + 140_000_000, T0 + 160_000_000])
    assert decisions[2] == Decision(insert_samples=1600)
    assert decisions[3] == Decision()
    assert clock.stamp_ns_at(0.140) == T0 + 140_000_000
    assert clock.counts.gaps == 1
    assert clock.counts.inserted_s == pytest.approx(0.1)


def test_a_long_gap_begins_a_new_segment():
    clock = AudioClock()
    decisions = play(clock, [T0, T0 + 3 * NS, T0 + 3 * NS + 20_000_000])
    assert decisions[1:] == [Decision(new_segment='gap'), Decision()]
    assert clock.position_s == pytest.approx(0.06)
    assert clock.stamp_ns_at(0.01) == T0 + 10_000_000
    assert clock.stamp_ns_at(0.02) == T0 + 3 * NS
    assert clock.stamp_ns_at(0.03, segment=0) == T0 + 30_000_000
    assert clock.stamp_ns_at(0.01, segment=1) == T0 + 3 * NS - 10_000_000
    assert clock.counts.resets == 1


def test_an_overlap_is_trimmed():
    clock = AudioClock()
    decisions = play(clock, [T0, T0 + 50_000_000], n=1600)
    assert decisions[1] == Decision(drop_samples=800)
    assert clock.position_s == pytest.approx(0.15)
    assert clock.stamp_ns_at(0.15) == T0 + 150_000_000
    assert clock.counts.overlaps == 1
    assert clock.counts.dropped_s == pytest.approx(0.05)


def test_duplicates_are_dropped_even_of_short_chunks():
    clock = AudioClock()
    for i, stamp in enumerate(steady(50, n=80)):
        first = clock.push(stamp, 80, 16000, T0, fingerprint=i)
        again = clock.push(stamp, 80, 16000, T0, fingerprint=i)
        assert first.drop_samples == 0
        assert again == Decision(drop_samples=80)
    assert clock.counts.duplicates == 50
    assert clock.position_s == pytest.approx(50 * 80 / 16000)


def test_equal_stamps_of_a_coarse_clock_are_no_duplicates():
    clock = AudioClock()
    for i, stamp in enumerate(steady(40, n=160)):
        coarse = stamp - (stamp - T0) % 20_000_000
        assert clock.push(coarse, 160, 16000, T0, fingerprint=i).drop_samples == 0
    assert clock.position_s == pytest.approx(0.4)


def test_a_straggler_is_dropped():
    clock = AudioClock()
    stamps = steady(20)
    stamps.insert(12, stamps.pop(5))
    decisions = play(clock, stamps)
    assert decisions[5].insert_samples == 0  # 20 ms: taken for jitter, and slewed away
    assert sum(d.drop_samples == CHUNK for d in decisions) == clock.counts.out_of_order == 1
    assert clock.counts.resets == 0


def test_interleaved_stragglers_never_reset():
    clock = AudioClock()
    stamps = steady(400)
    clock.push(stamps[0] - 300_000_000, CHUNK, 16000, T0)
    for late, stamp in zip(steady(400, T0 - 300_000_000), stamps, strict=True):
        clock.push(stamp, CHUNK, 16000, T0)
        clock.push(late, CHUNK, 16000, T0)
    assert clock.counts.resets == 0
    assert clock.counts.out_of_order == 400


def test_a_bag_that_loops_begins_a_new_segment():
    clock = AudioClock()
    for _ in range(3):
        for i, stamp in enumerate(steady(300)):
            clock.push(stamp, CHUNK, 16000, T0, fingerprint=i)
    assert clock.counts.resets == 2
    assert clock.counts.duplicates == 0
    assert clock.position_s == pytest.approx(18)


@pytest.mark.parametrize('n', [160, 320, 1024])
def test_a_short_bag_that_loops_is_heard_again_soon(n):
    clock = AudioClock()
    chunks = round(0.9 * 16000 / n)
    for _ in range(4):
        for i, stamp in enumerate(steady(chunks, n=n)):
            clock.push(stamp, n, 16000, T0, fingerprint=i)
    assert clock.counts.resets == 3
    assert clock.counts.dropped_s < 3 * 0.32
    assert clock.position_s == pytest.approx(4 * chunks * n / 16000 - clock.counts.dropped_s)


def test_zero_stamps_follow_directly_and_are_anchored_at_arrival():
    clock = AudioClock()
    now = T0
    for _ in range(100):
        clock.push(0, CHUNK, 16000, now)
        now += 20_000_000
    clock.push(None, CHUNK, 16000, now)
    assert clock.stamp_ns_at(1.0) == T0 + NS
    assert clock.counts.zero_stamps == 101
    assert clock.counts.resets == 0


def test_zero_stamps_in_a_burst_are_not_late():
    clock = AudioClock()
    decisions = [clock.push(0, 4096, 16000, T0 + i) for i in range(40)]
    assert set(decisions[1:]) == {Decision()}
    assert clock.position_s == pytest.approx(40 * 4096 / 16000)


def test_zero_stamps_after_a_pause_begin_anew_at_arrival():
    clock = AudioClock()
    clock.push(0, CHUNK, 16000, T0)
    assert clock.push(0, CHUNK, 16000, T0 + 5 * NS) == Decision(new_segment='pause')
    assert clock.stamp_ns_at(0.02) == T0 + 5 * NS


def test_stamps_of_a_burst_are_taken_as_zero():
    clock = AudioClock()
    for i in range(40):
        decision = clock.push(T0 + i * 2_000_000, 4096, 16000, T0, i, lambda n: False)
        assert decision.drop_samples == 0
    assert clock.counts.burst_stamps == 39
    assert clock.counts.resets == 0
    assert clock.position_s == pytest.approx(40 * 4096 / 16000)
    assert clock.stamp_ns_at(5) == T0 + 5 * NS


def test_a_burst_that_repeats_what_was_played_is_an_overlap():
    clock = AudioClock()
    asked = []
    clock.push(T0, 1600, 16000, T0, 1, lambda n: True)
    decision = clock.push(T0 + 20_000_000, 1600, 16000, T0, 2, lambda n: asked.append(n) or True)
    assert asked == [1280]
    assert decision == Decision(drop_samples=1280)
    assert clock.counts.burst_stamps == 0


def test_a_zero_stamp_among_others_keeps_the_clock():
    clock = AudioClock()
    stamps = steady(10)
    stamps[3] = stamps[7] = 0
    assert set(play(clock, stamps)[1:]) == {Decision()}
    assert clock.stamp_ns_at(0.2) == T0 + 200_000_000


def test_after_an_end_the_next_chunk_begins_anew_wherever_it_is():
    clock = AudioClock()
    play(clock, steady(5))
    clock.end_segment()
    assert clock.push(T0 + 100_000_000, CHUNK, 16000, T0) == Decision(new_segment='start')
    clock.end_segment()
    assert clock.push(0, CHUNK, 16000, T0 + 7 * NS) == Decision(new_segment='start')
    assert clock.segment == 2


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([8000, 11025, 16000, 44100, 48000]),
                          st.integers(1, 3000)), min_size=1, max_size=40))  # fmt: skip
def test_rates_may_change_at_any_chunk(chunks):
    clock = AudioClock()
    stamp_ns, out, run, run_rate = T0, 0, 0, chunks[0][0]
    for rate, n in chunks:
        clock.push(stamp_ns, n, rate, T0)
        stamp_ns += n * NS // rate
        if rate != run_rate:
            out += -(-run * 16000 // run_rate)
            run, run_rate = 0, rate
        run += n
        assert clock.position_s == pytest.approx(out / 16000 + run / run_rate, abs=1e-9)
    assert clock.counts.gaps == clock.counts.overlaps == clock.counts.resets == 0
    # a change costs less than one output sample of accuracy
    error_ns = clock.stamp_ns_at(clock.position_s) - stamp_ns
    assert abs(error_ns) <= len(chunks) * 62_500


def test_empty_chunks_change_nothing():
    clock = AudioClock()
    assert clock.push(T0, 0, 16000, T0) == Decision()
    assert clock.position_s == 0
    with pytest.raises(ValueError, match='no stamp'):
        clock.stamp_ns_at(0)


def test_memory_of_the_map_is_bounded_and_old_times_are_still_answered():
    clock = AudioClock()
    rng = np.random.default_rng(0)
    for stamp in steady(5000):
        clock.push(stamp + int(rng.integers(-NS // 200, NS // 200)), CHUNK, 16000, T0)
    assert clock.stamp_ns_at(1.0) == pytest.approx(T0 + NS, abs=20_000_000)
    assert clock.stamp_ns_at(99.0) == pytest.approx(T0 + 99 * NS, abs=2_000_000)


@pytest.mark.parametrize(
    'options',
    [
        {'tolerance_s': -0.01},
        {'tolerance_s': 0.6},
        {'tolerance_s': float('nan')},
        {'max_back_s': 0.001},
        {'max_gap_s': float('inf')},
        {'max_back_s': float('nan')},
        {'settle_s': float('inf')},
        {'settle_s': 0.1},
        {'settle_s': 0, 'tolerance_s': 0},
    ],
)
def test_bad_options_are_refused(options):
    with pytest.raises(ValueError, match='audio clock'):
        AudioClock(**options)


def test_bad_chunks_are_refused():
    with pytest.raises(ValueError, match='7999'):
        AudioClock().push(T0, 10, 7999, T0)
    with pytest.raises(ValueError, match='-1'):
        AudioClock().push(T0, -1, 16000, T0)
