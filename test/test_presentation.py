# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.audio.files import read_audio
from facetalk_ros.audio.pcm import Pcm
from facetalk_ros.face import ARKIT_INDEX, lip_aperture
from facetalk_ros.motion.settings import FaceSettings
from facetalk_ros.presentation import Presenter
from facetalk_ros.speech.timings import TimedPhone
from facetalk_ros.stream import FaceStream

NS = 1_000_000_000
NOW = 1_700_000_000 * NS
RATE = 16_000
FRAME_NS = NS / 60
DATA = Path(__file__).parent / 'data'


@pytest.fixture(scope='module')
def speech():
    pcm, _ = read_audio(DATA / 'amiable.opus')
    return pcm.samples[:, 0]


class Player:
    """Plays events into a presenter in order of time, with the talk node's 20 ms timer."""

    def __init__(self, presenter, now_ns=NOW):
        self.presenter = presenter
        self.now_ns = now_ns
        self.shown = []  # (time of publication, Presented)
        self.awake = True

    def wait(self, seconds):
        if not self.awake:
            self.now_ns += round(seconds * NS)
            return
        end_ns = self.now_ns + round(seconds * NS)
        while self.now_ns + 20_000_000 <= end_ns:
            self.now_ns += 20_000_000
            self._note(self.presenter.advance(self.now_ns))
        self.now_ns = end_ns

    def audio(self, samples, stamp_ns, rate_hz=RATE, message=None):
        self.awake = True
        pcm = Pcm(np.asarray(samples, np.float32).reshape(-1, 1), rate_hz)
        self._note(self.presenter.push_audio(pcm, stamp_ns, self.now_ns, message))

    def play(self, samples, chunk_s=0.02, lag_s=0.0, offset_ns=0, stamped=True):
        """Play as a microphone does: a chunk comes when its last sample was heard."""
        began_ns, size = self.now_ns, round(chunk_s * RATE)
        for at in range(0, len(samples), size):
            chunk = samples[at : at + size]
            heard_ns = began_ns + (at + len(chunk)) * NS // RATE + round(lag_s * NS)
            self.wait((heard_ns - self.now_ns) / NS)
            stamp_ns = began_ns + at * NS // RATE + offset_ns
            self.audio(chunk, stamp_ns if stamped else 0)

    def _note(self, frames):
        self.shown += [(self.now_ns, frame) for frame in frames]

    @property
    def stamps(self):
        return np.array([p.stamp_ns for _, p in self.shown])

    @property
    def weights(self):
        return np.array([p.frame.weights for _, p in self.shown])

    @property
    def delays_s(self):
        return (np.array([now for now, _ in self.shown]) - self.stamps) / NS


def player(**kwargs):
    return Player(Presenter(FaceStream(), **kwargs))


def test_frames_come_at_an_even_pace_from_before_the_sound_to_its_end(speech):
    p = player()
    p.play(speech)
    assert p.stamps[0] < NOW
    # silence is stretched a little, so that the sound begins with a step of the engine
    assert np.diff(p.stamps) == pytest.approx(FRAME_NS, rel=0.2)
    spoken = p.stamps > NOW
    assert np.diff(p.stamps[spoken]) == pytest.approx(FRAME_NS, abs=1)
    assert p.stamps[-1] > p.now_ns - 0.13 * NS


def test_a_presenter_shows_exactly_the_stream(speech):
    no_blinks = FaceSettings(blinks_per_minute=0, gaze=False)
    presenter = Presenter(FaceStream(settings=no_blinks))
    shown = presenter.push_audio(Pcm(speech[:4800, None], RATE), NOW, NOW + 300_000_000)
    face = FaceStream(settings=no_blinks)
    face.start_at(1000)
    expected = face.push_audio(np.concatenate((np.zeros(1600, np.float32), speech[:4800])))
    assert len(shown) == len(expected) > 5
    for mine, theirs in zip(shown, expected, strict=True):
        assert mine.stamp_ns == NOW + round((theirs.time_s - face.input_time_s + 0.3) * NS)
        np.testing.assert_allclose(mine.frame.weights, theirs.weights, atol=1e-6)


@pytest.mark.parametrize('idle_s', [0.0, 0.013, 0.5, 1.1, 7.25])
def test_how_long_the_face_was_idle_does_not_matter(speech, idle_s):
    shown = []
    for before_s in (3.0, idle_s):
        p = player()
        p.now_ns -= round(before_s * NS)
        p.wait(before_s)
        p.play(speech)
        shown.append({frame.stamp_ns: frame.frame.weights for _, frame in p.shown})
    spoken = [stamp for stamp in shown[0] if stamp >= NOW]
    assert len(spoken) > 150
    for stamp in spoken:
        np.testing.assert_array_equal(shown[0][stamp], shown[1][stamp])


@pytest.mark.parametrize('chunk_s', [0.005, 0.032, 0.09])
def test_how_audio_is_cut_does_not_matter(speech, chunk_s):
    whole, cut = player(), player()
    for p, size_s in ((whole, 0.02), (cut, chunk_s)):
        p.awake = False
        p.play(speech[: RATE * 2], chunk_s=size_s)
    n = min(len(whole.shown), len(cut.shown))
    assert n > 100
    np.testing.assert_array_equal(whole.stamps[:n], cut.stamps[:n])
    np.testing.assert_array_equal(whole.weights[:n], cut.weights[:n])


def test_frames_leave_within_the_look_ahead_and_a_chunk(speech):
    p = player()
    p.wait(0.5)
    began_ns = p.now_ns
    p.play(speech)
    spoken = p.stamps >= began_ns
    look_ahead_s = p.presenter.face.look_ahead_s
    assert p.delays_s[spoken].max() <= look_ahead_s + 1e-6
    assert p.presenter.counts.late_frames == 0


def test_when_audio_stalls_the_face_lives_on_at_rest(speech):
    p = player()
    p.play(speech)
    stalled_ns = p.now_ns
    p.wait(20.0)
    assert p.presenter.is_idle
    idle = p.stamps > stalled_ns + NS
    assert np.diff(p.stamps[idle]) == pytest.approx(FRAME_NS, abs=1)
    assert lip_aperture(p.weights[idle]).max() < 0.05
    assert p.weights[idle][:, ARKIT_INDEX['eyeBlinkLeft']].max() > 0.9
    assert p.delays_s[idle].max() < 0.4
    before = len(p.shown)
    p.play(speech)
    assert p.stamps[-1] > p.stamps[before]
    assert np.all(np.diff(p.stamps) > 0)
    assert lip_aperture(p.weights[before:]).max() > 0.15


def test_jitter_below_the_tolerance_changes_nothing(speech):
    steady, jittery = player(), player()
    rng = np.random.default_rng(1)
    for p, lags in ((steady, np.zeros(200)), (jittery, rng.uniform(0, 0.06, 200))):
        p.awake, began_ns = False, p.now_ns
        for i in range(100):
            heard_ns = began_ns + (i + 1) * 20_000_000 + round(lags[i] * NS)
            p.wait(max(0.0, (heard_ns - p.now_ns) / NS))
            p.audio(speech[i * 320 : (i + 1) * 320], began_ns + i * 20_000_000)
        assert p.presenter.counts.stalls == 0
    n = min(len(steady.shown), len(jittery.shown))
    np.testing.assert_array_equal(steady.stamps[:n], jittery.stamps[:n])
    np.testing.assert_array_equal(steady.weights[:n], jittery.weights[:n])


def test_a_burst_of_old_audio_is_dropped_not_raced(speech):
    p = player()
    p.play(speech[: RATE // 2])
    # the executor hangs for 2 s; then all that was sent meanwhile is delivered at once
    began_ns, p.now_ns = p.now_ns, p.now_ns + 2 * NS
    for i in range(100):
        p.audio(speech[8000 + i * 320 : 8000 + (i + 1) * 320], began_ns + i * 20_000_000)
    in_burst = sum(now == p.now_ns for now, _ in p.shown)
    assert p.presenter.counts.late_frames > 60
    assert in_burst < 60
    p.wait(1.0)
    assert np.all(np.diff(p.stamps) > 0)
    assert p.delays_s.max() < 0.8


def test_a_sentence_sent_at_once_is_spoken_at_its_own_pace(speech):
    p = player(ahead_s=0.1)
    p.wait(0.3)
    began_ns = p.now_ns
    for at in range(0, len(speech), 1024):  # without stamps, as fast as synthesis gives it
        p.audio(speech[at : at + 1024], 0)
    assert p.presenter.backlog_s > 2.0
    p.wait(len(speech) / RATE + 0.5)
    spoken = (p.stamps >= began_ns) & (p.stamps < began_ns + len(speech) * NS // RATE)
    assert np.diff(p.stamps[spoken]) == pytest.approx(FRAME_NS, abs=1)
    assert p.delays_s[spoken].min() > -0.15
    assert p.presenter.counts.late_frames == 0
    assert lip_aperture(p.weights[spoken]).max() > 0.15


def test_a_reset_drops_what_waits_and_brings_the_mouth_to_rest(speech):
    p = player()
    p.presenter.push_text('He might even have been made amiable himself.')
    p.audio(speech, p.now_ns)
    p.wait(1.0)
    assert p.presenter.backlog_s > 1.0
    p.presenter.reset(p.now_ns)
    assert p.presenter.backlog_s == 0
    assert p.presenter.generation == 1
    reset_ns, before = p.now_ns, len(p.shown)
    p.wait(2.0)
    settled = p.stamps > reset_ns + NS // 2
    assert lip_aperture(p.weights[settled]).max() < 0.05
    assert np.all(np.diff(p.stamps) > 0)
    step = np.abs(np.diff(p.weights[before - 1 :], axis=0)).max()
    assert step < 0.5
    assert not p.presenter.face.is_speaking


def test_chunks_sent_before_a_reset_are_refused_after_it(speech):
    p = player()
    p.play(speech[: RATE // 2])
    p.presenter.reset(p.now_ns)
    p.audio(speech[:320], p.now_ns - 60_000_000)
    assert p.presenter.counts.refused_s == pytest.approx(0.02)
    p.audio(speech[:320], p.now_ns)
    assert p.presenter.counts.refused_s == pytest.approx(0.02)


def test_stamps_of_another_clock_are_kept(speech):
    p = player()
    yesterday = -86_400 * NS
    p.play(speech, offset_ns=yesterday)
    p.wait(1.0)
    assert p.presenter.counts.late_frames == 0
    spoken = p.stamps < NOW - 10 * NS
    assert spoken.sum() > 60 * 3
    assert lip_aperture(p.weights[spoken]).max() > 0.15
    assert np.all(np.diff(p.stamps[spoken]) > 0)


def test_a_sender_whose_clock_goes_back_begins_an_epoch(speech):
    p = player()
    p.play(speech[:RATE])
    before = len(p.shown)
    p.play(speech[:RATE], offset_ns=-100 * NS)
    p.wait(0.5)
    assert p.presenter.epoch == 1
    back = p.stamps < NOW - 50 * NS
    assert back.sum() > 55
    assert back[before:].sum() == back.sum()
    assert np.all(np.diff(p.stamps[back]) > 0)


def test_simulated_time_that_restarts_begins_an_epoch(speech):
    p = player()
    p.play(speech[:RATE])
    p.now_ns = NOW - 3600 * NS
    p.play(speech[:RATE])
    p.wait(0.5)
    assert p.presenter.epoch == 1
    again = np.array([now < NOW for now, _ in p.shown])
    assert p.stamps[again].max() < NOW - 3590 * NS
    assert np.all(np.diff(p.stamps[again]) > 0)
    assert again.sum() > 60


def test_time_that_jumps_ahead_does_not_make_a_flood(speech):
    p = player()
    p.wait(1.0)
    p.now_ns += 3600 * NS
    before = len(p.shown)
    p.wait(0.5)
    assert len(p.shown) - before < 60
    assert np.all(np.diff(p.stamps) > 0)
    assert p.delays_s[-1] < 1.0


def test_held_back_messages_come_with_their_face(speech):
    p = player(hold_back_s=0.25, keep_messages=True)
    p.wait(0.2)
    began_ns, heard = p.now_ns, []
    for i in range(100):
        p.wait(0.02)
        p.audio(speech[i * 320 : (i + 1) * 320], began_ns + i * 20_000_000, message=i)
        heard += [(p.stamps[-1] if len(p.shown) else 0, m) for m in p.presenter.take_held_back()]
    p.wait(0.5)
    heard += [(p.stamps[-1], m) for m in p.presenter.take_held_back()]
    assert [m.message for _, m in heard] == list(range(100))
    for face_ns, message in heard:
        assert message.stamp_ns == began_ns + message.message * 20_000_000 + NS // 4
        # the face of its first sample is out, or the next one to come
        assert face_ns >= message.stamp_ns - FRAME_NS
    assert p.stamps[0] < began_ns + NS // 4


def test_timed_text_counts_from_the_first_sample_that_comes(speech):
    p = player()
    p.wait(0.5)
    phones = [TimedPhone('AA', 0.3, 0.6), TimedPhone('M', 0.6, 0.8)]
    assert p.presenter.push_text('', phones=phones) == []
    p.wait(0.5)
    began_ns = p.now_ns
    p.play(np.zeros(RATE * 2, np.float32))
    keys = [k for k in p.presenter.take_keys() if k.key.phone in ('AA', 'M')]
    firsts = [min(k.stamp_ns for k in keys if k.key.phone == phone) for phone in ('AA', 'M')]
    assert (np.array(firsts) - began_ns) / NS == pytest.approx([0.3, 0.6], abs=0.021)


def test_when_too_much_waits_the_oldest_is_dropped_and_counted(speech):
    p = player()
    minute = np.zeros(RATE * 60, np.float32)
    for i in range(20):
        p.audio(minute, p.now_ns + i * 60 * NS)
    counts = p.presenter.counts
    assert 0 < p.presenter.backlog_s <= 900
    assert counts.dropped_s >= 300
    # what came last is spoken at once
    p = player()
    for _ in range(15):
        p.audio(minute, 0)
    p.audio(speech, 0)
    p.wait(2.0)
    assert p.presenter.counts.dropped_s == pytest.approx(900, abs=1)
    assert lip_aperture(p.weights).max() > 0.15
    p.audio(np.zeros(RATE * 901, np.float32), 0)  # more than can wait, by itself
    assert p.presenter.counts.refused_s == pytest.approx(901)


def test_when_too_much_text_waits_the_oldest_is_dropped_and_counted(speech):
    p = player()
    for k in range(150):  # the first sound makes the rest of them overlap
        phones = [TimedPhone('AA', 0.0, 0.1 + k / 1000)]
        assert p.presenter.push_text('', phones=phones) == []
    assert p.presenter.counts.dropped_texts == 50
    hour = 'nobody will ever say any of this ' * 1700
    assert p.presenter.push_text(hour) == []
    assert p.presenter.push_text(hour) == []
    assert p.presenter.counts.dropped_texts == 51
    p.presenter.push_text('He might even have been made amiable himself.')
    with pytest.raises(ValueError, match='at most'):
        p.presenter.push_text(hour * 2)


def test_timed_text_that_contradicts_what_waits_is_told_and_stops_nothing(speech):
    p = player()
    for _ in range(3):
        p.presenter.push_text('', phones=[TimedPhone('AA', 0.1, 0.3)])
    p.play(speech[:RATE])
    problems = p.presenter.take_problems()
    assert len(problems) == 2
    assert 'overlaps' in problems[0]
    assert p.presenter.take_problems() == []
    assert [k.key.phone for k in p.presenter.take_keys()].count('AA') >= 2


@pytest.mark.parametrize('hung_s', [0.7, 1.5, 2.0, 5.0])
def test_a_node_that_hung_catches_up_with_the_present(speech, hung_s):
    p = player()
    p.play(speech[:RATE])
    p.now_ns += round(hung_s * NS)
    p.wait(2.0)
    assert p.delays_s[-60:].max() < 0.3
    assert lip_aperture(p.weights[-60:]).max() < 0.05


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just('play'), st.floats(0.1, 1.0), st.sampled_from([0.01, 0.02, 0.064])),
        st.tuples(st.just('late'), st.floats(0.1, 0.6), st.floats(0.0, 0.4)),
        st.tuples(st.just('burst'), st.floats(0.1, 1.0), st.booleans()),
        st.tuples(st.just('gap'), st.floats(0.0, 1.5), st.just(0)),
        st.tuples(st.just('hang'), st.floats(0.1, 2.0), st.just(0)),
        st.tuples(st.just('reset'), st.just(0), st.just(0)),
    ),
    min_size=2,
    max_size=7,
)


@settings(max_examples=12, deadline=None)
@given(events=EVENTS)
def test_whatever_comes_stamps_rise_and_the_face_does_not_jump(events):
    pcm, _ = read_audio(DATA / 'sense.opus')
    sound, p, at = pcm.samples[:, 0], player(), 0
    for kind, seconds, extra in events:
        n = round(seconds * RATE)
        piece = sound[at % RATE : at % RATE + n]
        at += n
        match kind:
            case 'play':
                p.play(piece, chunk_s=extra)
            case 'late':
                p.play(piece, lag_s=extra)
            case 'burst':
                p.audio(piece, p.now_ns if extra else 0)
            case 'gap':
                p.wait(seconds)
            case 'hang':
                p.now_ns += round(seconds * NS)
            case 'reset':
                p.presenter.reset(p.now_ns)
    p.wait(9.0)  # seven seconds sent at once are spoken at their own pace
    assert np.all(np.diff(p.stamps) > 0)
    assert p.delays_s.max() < 2.0
    assert p.weights.min() >= 0
    assert p.weights.max() <= 1
    # lids fall within 75 ms and lips may close within 50 ms; nothing is faster
    assert np.abs(np.diff(p.weights, axis=0)).max() < 0.6
    presenter = p.presenter
    assert presenter.is_idle
    assert presenter.backlog_s == 0
    assert len(presenter._timeline._spans) < 200
    assert not presenter._messages
    assert lip_aperture(p.weights[-30:]).max() < 0.05


def test_an_overlay_is_added_and_fades_when_it_is_not_repeated():
    p = player()
    smile = np.zeros(52)
    smile[ARKIT_INDEX['mouthSmileLeft']] = 0.8
    p.wait(0.5)
    before = len(p.shown)
    for _ in range(10):
        p.presenter.push_overlay(smile, p.now_ns)
        p.wait(0.2)
    held = p.weights[:, ARKIT_INDEX['mouthSmileLeft']]
    assert held[before - 1] < 0.1
    assert held[-60:].min() > 0.75
    p.wait(1.0)  # the last message was 0.2 s before
    p.wait(0.4)
    faded = p.weights[:, ARKIT_INDEX['mouthSmileLeft']]
    assert faded[len(held) + 30] > 0.75
    assert faded[-1] < 0.1
    assert np.abs(np.diff(faded)).max() <= 4.0 / 60 + 1e-5
    with pytest.raises(ValueError, match='51 weights'):
        p.presenter.push_overlay(smile[1:], p.now_ns)


def test_a_face_at_rest_has_no_overlay():
    p = player()
    p.wait(0.5)
    p.presenter.push_overlay(np.full(52, 0.5), p.now_ns)
    p.wait(0.5)
    frames = p.presenter.rest(p.now_ns)
    assert frames[0].frame.weights.max() > 0.4
    others = [i for n, i in ARKIT_INDEX.items() if not n.startswith(('eyeBlink', 'eyeLook'))]
    assert frames[-1].frame.weights[others].max() < 0.1
