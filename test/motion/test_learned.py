# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Learned motion whatever its networks say: nothing here depends on how well they were trained."""

import shutil
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.audio.features import FRAMES_PER_STEP, MEL_BANDS, STEP_S
from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES, LIPS_CLOSED_BELOW, lip_aperture
from facetalk_ros.face.articulation import APERTURE, ARTICULATED, CHANNELS
from facetalk_ros.face.names import sides
from facetalk_ros.inference.batch import Answer, alone, together
from facetalk_ros.motion.gates import OPEN_AT_LEAST, TABLE_PLACES
from facetalk_ros.motion.keys import KeyKind
from facetalk_ros.motion.learned import (
    INSTANT_AGES_S,
    INSTANTS,
    KEY_POSES,
    KNOWN_PHONES,
    NEIGHBOURS,
    OLDEST_S,
    RISE_S,
    UNKNOWN_PHONE,
    LearnedMotion,
    MotionModel,
    Spoken,
    clock_s,
    default_motion,
)
from facetalk_ros.motion.seal import _PATIENCE_S, _TRAVEL_S
from facetalk_ros.resources import WEIGHTS
from facetalk_ros.speech.acoustic import default_model
from facetalk_ros.speech.phones import BILABIALS, PHONE_INDEX, PHONES, SILENCE
from facetalk_ros.speech.timings import TimedPhone
from facetalk_ros.stream import BEGINS_AFTER_S, FaceStream

REST = np.zeros(len(ARKIT_NAMES), np.float32)
# Lips meet and part as fast as the gates let them; every other shape has the limit of faces.
LIPS = [
    ARKIT_INDEX[n]
    for name in ('mouthClose', 'mouthLowerDown', 'mouthUpperUp')
    for n in sides(name)
]
OTHERS = [i for i in range(len(ARKIT_NAMES)) if i not in LIPS]
SURE, NOTHING = 30.0, -30.0  # log odds
# So many instants lips take to meet or to part.
TRAVEL = ceil(_TRAVEL_S * INSTANTS / STEP_S - 1e-9)


@pytest.fixture(scope='module')
def model():
    return default_motion('cpu')


@pytest.fixture(scope='module')
def width():
    """How many features the networks hear."""
    acoustic = default_model('cpu')
    mel = np.zeros((FRAMES_PER_STEP, MEL_BANDS), np.float32)
    return len(acoustic.step(mel, acoustic.start())[0].features)


class Says:
    """Networks that say what they are told to: a face with its lips apart, and odds of the lips.

    Attributes:
        channels: float32 [channels], of every key and instant.
        lips: for each instant of a step, log odds that the lips meet and that they are wide apart.

    """

    def __init__(self, aperture=0.3):
        self.channels = np.zeros(len(CHANNELS), np.float32)
        self.channels[[APERTURE, CHANNELS.index('jawOpen')]] = aperture
        self.lips = [(NOTHING, NOTHING)] * INSTANTS
        self.keys = self.completion = self

    def start(self):
        return None

    def step_many(self, inputs, states):
        if len(inputs[0]) == 3:
            outputs = (np.tile(self.channels, KEY_POSES)[None],)
        else:
            lips = np.array(self.lips, np.float32).reshape(1, -1)
            outputs = (np.tile(self.channels, INSTANTS)[None], lips)
        return [Answer(outputs, None)] * len(states)


class Talk:
    """A stream of learned motion whose phones and features are made up."""

    def __init__(self, model, width, seed=0, loud=1.0, begin_s=0.0):
        self.motion = LearnedMotion(model)
        self._rng = np.random.default_rng(seed)
        self._width, self._loud = width, loud
        self._waiting = []
        self._steps = round(begin_s / STEP_S)
        self.keys = []

    @property
    def heard_s(self):
        return self._steps * STEP_S

    def _features(self):
        return np.abs(self._loud * self._rng.standard_normal(self._width)).astype(np.float32)

    def know(self, *spoken):
        for one in spoken:
            assert self.motion.foresee(one) == []
            self._waiting.append(one)

    def stepping(self, silence=0.0):
        self._steps += 1
        while self._waiting and self._waiting[0].start_s <= self.heard_s - BEGINS_AFTER_S:
            self.keys += yield from self.motion.phone(self._waiting.pop(0), self._features())
        yield from self.motion.step(self._features(), self.heard_s, silence)
        return [self.motion.pose(self.heard_s - age_s) for age_s in INSTANT_AGES_S]

    def step(self, silence=0.0):
        return alone(self.stepping(silence))

    def until(self, time_s, silence=0.0):
        poses = [REST[None][:0]]
        while self.heard_s < time_s - 1e-9:
            poses.append(np.stack(self.step(silence)))
        return np.concatenate(poses)

    def reset(self):
        self._waiting.clear()
        self.motion.reset(0.15)


def test_silence_is_exactly_rest_whatever_is_heard(model, width):
    talk = Talk(model, width, loud=5.0)
    assert not talk.until(1.0, silence=1.0).any()
    talk.know(Spoken(SILENCE, 1.0))
    assert not talk.until(2.0, silence=1.0).any()


def test_the_mouth_comes_to_rest_exactly_after_speech(model, width):
    talk = Talk(model, width, loud=3.0)
    talk.know(Spoken('AA', 0.5), Spoken('TH', 0.7, 'AA'), Spoken(SILENCE, 0.9, 'TH'))
    spoken = talk.until(0.94)
    assert spoken.any()
    # no shape fades for longer than 0.2 s after the silence has been decided
    talk.until(0.9 + BEGINS_AFTER_S + 0.2 + STEP_S, silence=1.0)
    assert not talk.until(2.0, silence=1.0).any()


def test_what_is_no_silence_keeps_the_mouth_awake(model, width):
    """Between the words of a text there is breath: the sound decides whether the mouth rests."""
    talk = Talk(model, width, loud=3.0)
    talk.know(Spoken('AA', 0.1), Spoken(SILENCE, 0.3, 'AA'))
    talk.until(0.5)
    assert talk.until(1.0, silence=0.1).any(axis=1).all()


def step_sizes(poses):
    return np.abs(np.diff(poses, axis=0)).max(0, initial=0)


def assert_bounded(poses, before=REST):
    """No jump within 10 ms."""
    assert np.isfinite(poses).all()
    assert (poses >= -0.2).all()
    assert not poses[:, ~ARTICULATED & ~np.isin(np.arange(len(REST)), TABLE_PLACES)].any()
    size = step_sizes(np.vstack((before[None], poses)))
    # 14 ranges a second, and what leads to rest after a reset
    assert size[OTHERS].max() <= 0.14 + 0.1
    # lips that meet within 25 ms, of the widest mouth there can be
    assert size[LIPS].max() <= 0.85


words = st.lists(
    st.tuples(
        st.sampled_from([*PHONES, *sorted(BILABIALS), 'TH', SILENCE]),
        st.floats(0.02, 0.3),  # how long it lasts
        st.floats(-0.1, 0.16),  # how long before its start it is known
        st.booleans(),
    ),
    max_size=12,
)


@given(words, st.sampled_from([0.3, 3.0, 30.0]), st.integers(0, 99), st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_poses_never_jump_whatever_is_said_and_heard(model, width, told, loud, seed, reset_at):
    talk, before, start_s, events = Talk(model, width, seed, loud), SILENCE, 0.3, []
    for phone, lasts_s, lead_s, by_text in told:
        events.append((start_s - lead_s, Spoken(phone, start_s, before, (), by_text)))
        before, start_s = phone, start_s + lasts_s
    events.sort(key=lambda event: event[1].start_s)
    poses = []
    for k in range(round((start_s + 0.5) / STEP_S)):
        while events and events[0][0] <= talk.heard_s:
            talk.know(events.pop(0)[1])
        if k == reset_at:
            talk.reset()
        poses += talk.step(silence=float(k % 7 == 0))
    assert_bounded(np.stack(poses))
    for key in talk.keys:
        assert np.isfinite(key.weights).all()


@given(st.floats(0.35, 1.2), st.integers(0, 20))
@settings(max_examples=30, deadline=None)
def test_reset_leads_from_where_the_face_is_to_rest(model, width, time_s, seed):
    talk = Talk(model, width, seed, loud=3.0)
    names = ('AA', 'M', 'TH', 'OW', 'P', 'IY')
    talk.know(*(Spoken(p, 0.3 + 0.15 * i) for i, p in enumerate(names)))
    before = talk.until(time_s)
    talk.reset()
    after = talk.until(talk.heard_s + 0.4, silence=1.0)
    # the spread of smoothstep: at most half as fast again as straight on; what moved brakes first
    moving = np.abs(before[-1] - before[-2]).max()
    fastest = 1.5 * (np.abs(before[-1]).max() + 1.5 * moving) / 15 + moving + 1e-6
    assert np.abs(after[0] - before[-1]).max() <= fastest
    assert step_sizes(after).max() <= fastest
    assert not after[16:].any()


def test_after_reset_words_move_the_mouth_as_they_move_a_new_one(model, width):
    def spoken(at_s):
        return [Spoken('AA', at_s), Spoken('M', at_s + 0.2, 'AA'), Spoken('OW', at_s + 0.3, 'M')]

    used = Talk(model, width, seed=1)
    used.know(*spoken(0.2))
    used.until(0.6)
    used.reset()
    used.until(2.0, silence=1.0)
    new = Talk(model, width, begin_s=2.0)
    used._rng, new._rng = np.random.default_rng(7), np.random.default_rng(7)
    for talk in (used, new):  # the networks remember less than half a second
        talk.until(2.6, silence=1.0)
        talk.know(*spoken(2.7))
    np.testing.assert_allclose(used.until(3.3), new.until(3.3), atol=1e-5)


def aba(talk, phone, lead_s, told):
    """Return the times [s] and apertures of AA, a phone from 0.5 to 0.6 s, and AA again."""
    poses = []
    for before, it, start_s in (('SIL', 'AA', 0.3), ('AA', phone, 0.5), (phone, 'AA', 0.6)):
        poses.append(talk.until(start_s - lead_s))
        talk.know(Spoken(it, start_s, before, told=told))
    poses = np.concatenate([*poses, talk.until(0.9)])
    times_s = np.arange(1, len(poses) // 2 + 1)[:, None] * STEP_S - np.array(INSTANT_AGES_S)
    return times_s.ravel(), lip_aperture(poses)


def between(times_s, first_s, last_s):
    return (times_s >= first_s - 1e-6) & (times_s <= last_s + 1e-6)


# known by timings, and known 15 to 35 ms before the newest instant gets there, as by the tracker
AHEAD_S, LATE_S = 0.15, -0.04
# What text tells late and nobody hears is made after some patience, by the next instant; then the
# pose's low-pass takes two instants more.
MADE_S = 0.5 + _PATIENCE_S + _TRAVEL_S + 0.025


@pytest.mark.parametrize('phone', sorted(BILABIALS))
@pytest.mark.parametrize(
    ('lead_s', 'from_s', 'to_s'), [(AHEAD_S, 0.525, 0.565), (LATE_S, MADE_S, 0.585)]
)
@pytest.mark.parametrize('loud', [0.3, 3.0])
def test_lips_that_text_closes_are_sealed_whatever_the_networks_say(
    model, width, phone, lead_s, from_s, to_s, loud
):
    for seed in range(4):
        times_s, aperture = aba(Talk(model, width, seed, loud), phone, lead_s, told=True)
        held = between(times_s, from_s, to_s)
        assert held.any()
        assert aperture[held].max() < LIPS_CLOSED_BELOW
    for apart in (0.1, 0.3, 1.0):
        times_s, aperture = aba(Talk(Says(apart), width), phone, lead_s, told=True)
        assert aperture[held].max() < LIPS_CLOSED_BELOW
        for first_s, last_s in ((0.4, 0.44), (0.68, 0.8)):
            assert aperture[between(times_s, first_s, last_s)].min() > LIPS_CLOSED_BELOW


@pytest.mark.parametrize('phone', sorted(BILABIALS))
def test_of_a_phone_that_was_decided_late_by_ear_only_what_is_heard_closes_the_lips(width, phone):
    times_s, aperture = aba(Talk(Says(), width), phone, LATE_S, told=False)
    assert aperture[between(times_s, 0.4, 0.8)].min() > LIPS_CLOSED_BELOW


@pytest.mark.parametrize('told', [True, False])
def test_what_is_heard_closes_and_parts_the_lips_as_fast_as_they_travel(width, told):
    says = Says()
    talk = Talk(says, width)
    talk.know(Spoken('AA', 0.1, told=told, upcoming=('M',) if told else ()))
    assert lip_aperture(talk.until(0.5)[-1]) > 0.2
    says.lips = [(SURE, NOTHING)] * INSTANTS
    closed = lip_aperture(talk.until(0.6))
    assert closed[0] > LIPS_CLOSED_BELOW  # no jump
    assert closed[TRAVEL + 1 :].max() < LIPS_CLOSED_BELOW
    says.lips = [(NOTHING, NOTHING)] * INSTANTS
    parted = lip_aperture(talk.until(0.7))
    assert parted[TRAVEL + 2 :].min() > 0.2


def test_each_instant_has_odds_of_its_own(width):
    says = Says()
    talk = Talk(says, width)
    talk.know(Spoken('AA', 0.1))
    (*_, before) = lip_aperture(talk.until(0.5))
    says.lips = [(NOTHING, NOTHING), (SURE, NOTHING)]
    first, second = lip_aperture(np.stack(talk.step()))
    assert first == pytest.approx(before, abs=1e-5)
    assert second < 0.9 * before
    says.lips = [(NOTHING, SURE)] * INSTANTS  # these are others
    assert lip_aperture(talk.until(0.8)[-1]) == pytest.approx(before, abs=1e-5)


@pytest.mark.parametrize('phone', ['T', 'AA'])
def test_an_open_vowel_that_is_surely_heard_parts_the_lips(width, phone):
    says = Says(aperture=0.0)
    says.lips = [(NOTHING, SURE)] * INSTANTS
    talk = Talk(says, width)
    assert not talk.until(0.3, silence=1.0).any()  # but not a face at rest
    talk.know(Spoken(phone, 0.3))
    parting = lip_aperture(talk.until(0.6))
    assert parting[-1] == pytest.approx(OPEN_AT_LEAST, abs=1e-5)
    assert np.diff(parting, prepend=0).max() < 0.3 * OPEN_AT_LEAST  # as the face wakes
    says.lips = [(SURE, SURE)] * INSTANTS  # lips that are heard to meet do
    assert lip_aperture(talk.until(0.7)[-1]) < LIPS_CLOSED_BELOW
    says.lips = [(NOTHING, NOTHING)] * INSTANTS
    apart = lip_aperture(talk.until(0.9)[-1])
    assert apart == pytest.approx(OPEN_AT_LEAST if phone == 'AA' else 0.0, abs=1e-5)


def test_after_reset_the_lips_owe_nothing(width):
    says = Says()
    talk = Talk(says, width)
    talk.know(Spoken('AA', 0.1), Spoken('M', 0.3, 'AA', told=True))
    assert lip_aperture(talk.until(0.42)[-1]) < LIPS_CLOSED_BELOW
    talk.reset()
    after = lip_aperture(talk.until(0.9))  # still sound, and no phone
    assert after[20:].min() > 0.2


def test_a_phone_that_begins_gives_its_boundary_and_its_target(model, width):
    talk = Talk(model, width, begin_s=0.8)
    told = Spoken('M', 1.0, 'AA', ('IY', 'T'), True, 'meet')
    talk.know(told, Spoken(SILENCE, 1.3, 'M'))
    while not talk.keys:
        talk.step()
    # not before the sound that it is to be heard from
    assert -1e-9 <= talk.heard_s - (1.0 + BEGINS_AFTER_S) < STEP_S
    boundary, target = talk.keys
    assert (boundary.kind, boundary.time_s) == (KeyKind.BOUNDARY, 1.0)
    assert (target.kind, target.time_s) == (KeyKind.TARGET, 1.0 + RISE_S)
    for key in talk.keys:
        assert (key.phone, key.from_text, key.word) == ('M', True, 'meet')
        assert key.weights.shape == REST.shape
        assert key.weights.dtype == np.float32
    assert lip_aperture(target.weights) < LIPS_CLOSED_BELOW
    talk.until(1.5, silence=1.0)
    _, rest = talk.keys[2:]
    assert rest.kind == KeyKind.REST
    assert not rest.weights.any()
    assert (rest.from_text, rest.word) == (False, '')


def test_what_timings_tell_ahead_seals_in_time_and_has_its_keys_when_heard():
    stream = FaceStream(fps=100)
    phones = [TimedPhone('AA', 0.3, 0.5), TimedPhone('B', 0.5, 0.6), TimedPhone('AA', 0.6, 0.8)]
    stream.push_text('aba', phones=phones)
    heard_s, keys = [], []
    frames = []
    for _ in range(60):
        frames += stream.push_audio(np.zeros(320, np.float32))
        for key in stream.take_keys():
            keys.append(key)
            heard_s.append(stream.input_time_s)
    told = [(k.phone, k.time_s) for k in keys if k.kind == KeyKind.BOUNDARY and k.from_text]
    assert [phone for phone, _ in told] == ['AA', 'B', 'AA', SILENCE]
    np.testing.assert_allclose([t for _, t in told], [0.3, 0.5, 0.6, 0.8])
    late_s = [
        at - k.time_s
        for at, k in zip(heard_s, keys, strict=True)
        if k.kind == KeyKind.BOUNDARY and k.from_text
    ]
    assert min(late_s) >= BEGINS_AFTER_S - 1e-9
    assert max(late_s) <= BEGINS_AFTER_S + STEP_S
    closed = [lip_aperture(f.weights) for f in frames if 0.52 <= f.time_s <= 0.58]
    assert max(closed) < LIPS_CLOSED_BELOW


def test_the_age_of_a_phone_stays_within_what_the_networks_know():
    np.testing.assert_allclose(clock_s(1.0, 1.2), [0.135, 0.145], atol=1e-6)
    np.testing.assert_array_equal(clock_s(5.0, 1.2), [0.0, 0.0])
    np.testing.assert_array_equal(clock_s(-1.0, 100.0), np.float32([OLDEST_S, OLDEST_S]))
    assert clock_s(1.0, 1.2).dtype == np.float32


@pytest.mark.parametrize('start_s', [-3.0, 0.0, 0.49, 0.51, 1.5])
def test_a_phone_of_any_time_is_taken(model, width, start_s):
    """Decided long after its start or before it."""
    talk = Talk(model, width)
    before = talk.until(0.5)[-1]
    spoken = Spoken('P', start_s)
    talk.know(spoken)
    alone(talk.motion.phone(spoken, talk._features()))
    assert_bounded(talk.until(2.0), before)


def test_phones_as_the_networks_read_them():
    spoken = Spoken('M', 1.0, 'AA', ('IY', 'T', 'S'))
    rows = spoken.one_hot().reshape(NEIGHBOURS, KNOWN_PHONES)
    np.testing.assert_array_equal(rows.sum(1), 1)
    assert rows.argmax(1).tolist() == [PHONE_INDEX[p] for p in ('AA', 'M', 'IY', 'T')]
    alone_ = Spoken('QQ', 1.0).one_hot().reshape(NEIGHBOURS, KNOWN_PHONES).argmax(1).tolist()
    assert alone_ == [PHONE_INDEX[SILENCE], *[UNKNOWN_PHONE] * 3]


def test_a_pose_between_instants_lies_between_them(model, width):
    talk = Talk(model, width, loud=3.0)
    talk.know(Spoken('AA', 0.1))
    talk.until(0.2)
    first, last = talk.step()
    older_s, newer_s = (talk.heard_s - age_s for age_s in INSTANT_AGES_S)
    middle = talk.motion.pose((older_s + newer_s) / 2)
    np.testing.assert_allclose(middle, (first + last) / 2, atol=1e-5)
    np.testing.assert_array_equal(talk.motion.pose(newer_s + 1.0), last)
    middle[:] = 9.0
    np.testing.assert_array_equal(talk.motion.pose(newer_s), last)


def test_many_mouths_at_once_are_as_each_alone(model, width):
    def talks():
        made = [Talk(model, width, seed) for seed in range(4)]
        for i, talk in enumerate(made):
            talk.know(*(Spoken(p, 0.05 * i + 0.1 * k) for k, p in enumerate(('AA', 'P', 'OW'))))
        return made

    each = [np.concatenate([np.stack(t.step()) for _ in range(30)]) for t in talks()]
    crowd, poses = talks(), []
    for _ in range(30):
        poses.append(np.stack(together([talk.stepping() for talk in crowd])))
    np.testing.assert_allclose(np.concatenate(poses, 1), np.stack(each), atol=1e-4)


@pytest.fixture
def folder(tmp_path):
    for name in ('keys', 'completion'):
        shutil.copy(WEIGHTS / f'{name}.onnx', tmp_path)
    return tmp_path


def test_a_folder_of_weights_is_loaded(folder):
    model = MotionModel(folder, 'cpu')
    assert model.keys.inputs == ('features', 'phones', 'told')
    assert model.completion.inputs == ('features', 'phones', 'told', 'clock', 'keys')
    assert default_motion('cpu') is default_motion('cpu')


@pytest.mark.parametrize('name', ['keys', 'completion'])
def test_a_missing_file_is_named(folder, name):
    (folder / f'{name}.onnx').unlink()
    with pytest.raises(FileNotFoundError, match=f'{name}.onnx'):
        MotionModel(folder, 'cpu')


@pytest.mark.parametrize('name', ['keys', 'completion'])
@pytest.mark.parametrize(
    'wrong', ['empty', 'text', 'truncated', 'exchanged', 'acoustic', 'version', 'channels']
)
def test_other_files_are_refused_by_name(folder, name, wrong):
    path = folder / f'{name}.onnx'
    good = path.read_bytes()
    exchanged = (WEIGHTS / f'{"keys" if name == "completion" else "completion"}.onnx').read_bytes()
    kind = {'keys': b'facetalk key motions 1', 'completion': b'facetalk motion completion 1'}
    assert good.count(kind[name]) == good.count(b'"jawOpen"') == 1
    path.write_bytes({
        'empty': b'',
        'text': b'no model\n' * 100,
        'truncated': good[: len(good) // 2],
        'exchanged': exchanged,
        'acoustic': (WEIGHTS / 'acoustic.onnx').read_bytes(),
        'version': good.replace(kind[name], kind[name][:-1] + b'9'),
        'channels': good.replace(b'"jawOpen"', b'"jawLeft"'),
    }[wrong])  # fmt: skip
    with pytest.raises(ValueError, match=f'{name}.onnx is not'):
        MotionModel(folder, 'cpu')
