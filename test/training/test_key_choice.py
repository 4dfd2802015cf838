# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Keys at other places are keys like those of phones, but for where they are."""

from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.audio.features import STEP_S
from facetalk_ros.face.articulation import CHANNELS
from facetalk_ros.motion.learned import (
    INSTANT_AGES_S,
    INSTANTS,
    KNOWN_PHONES,
    NEIGHBOURS,
    RISE_S,
    UNKNOWN_PHONE,
    Spoken,
)
from facetalk_ros.training.data.recording import Recording
from facetalk_ros.training.key_choice import (
    DECIDED_AFTER_S,
    UNIFORM_S,
    at_times,
    none,
    random,
    uniform,
    with_keys,
)
from facetalk_ros.training.motion_examples import Curve, Example, decided

STEPS = 100
PLACES = ('unnamed', 'uniform', 'random', 'none')


def instants_s():
    return ((np.arange(STEPS)[:, None] + 1) * STEP_S - np.array(INSTANT_AGES_S)).ravel()


@pytest.fixture
def clip():
    """Return a clip whose every channel is the time, with a phone every tenth of a second."""
    ramp = np.tile(instants_s()[:, None], (1, len(CHANNELS))).astype(np.float32)
    found = [(0, Spoken('SIL', -1.0))]
    found += [
        (int((s + DECIDED_AFTER_S) / STEP_S), Spoken('AA', s)) for s in np.arange(1, 18) / 10
    ]
    curve = Curve(ramp, INSTANTS / STEP_S, start_s=STEP_S - INSTANT_AGES_S[0])
    told = decided(found, STEPS, curve)
    motion = ramp.reshape(STEPS, INSTANTS, len(CHANNELS))
    return Example(
        Recording('a', Path('a.wav'), 'one', 'made', 'CC0', 'train', 'ah'),
        np.zeros((STEPS, 4), np.float16), motion, np.ones_like(motion),
        {'sound': told, 'text': told},
    )  # fmt: skip


@pytest.mark.parametrize('time_s', np.array([0, 1, 2, 3, 7, 8, 133, 199]) / 100)
def test_a_key_is_decided_in_the_first_step_that_ends_late_enough(time_s):
    (_, (step, spoken)) = at_times([time_s])
    assert spoken.start_s == time_s
    ends_ms = [round(1e3 * n * STEP_S) for n in (step, step + 1)]
    needed_ms = round(1e3 * (time_s + DECIDED_AFTER_S))
    assert ends_ms[0] < needed_ms <= ends_ms[1]


def test_uniform_keys_are_every_second_frame_of_video():
    starts = [spoken.start_s for _, spoken in uniform(STEPS)[1:]]
    np.testing.assert_allclose(np.diff(starts), UNIFORM_S)
    assert starts[0] == 0
    assert max(step for step, _ in uniform(STEPS)) < STEPS


def test_random_keys_are_as_many_as_asked_for_and_the_same_from_a_seed():
    one, again, other = (random(STEPS, 20, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == again != other
    starts = [spoken.start_s for _, spoken in one[1:]]
    assert len(set(starts)) == 20
    assert starts == sorted(starts)
    assert max(step for step, _ in one) < STEPS
    assert len(random(3, 20, np.random.default_rng(0))) <= 4  # no more than fit


@pytest.mark.parametrize('choice', PLACES)
def test_no_phone_is_named_and_features_are_shared(clip, choice):
    (changed,) = with_keys([clip], choice, 1)
    assert set(changed.told) == {'sound'}
    assert changed.features is clip.features
    phones = changed.told['sound'].phones.reshape(-1, NEIGHBOURS, KNOWN_PHONES)
    assert (phones.argmax(-1) == UNKNOWN_PHONE).all()
    assert not changed.told['sound'].told.any()


def test_only_the_names_differ_where_boundaries_stay(clip):
    (changed,) = with_keys([clip], 'unnamed', 1)
    for name in ('at', 'step', 'start_s', 'keys'):
        np.testing.assert_array_equal(
            getattr(changed.told['sound'], name), getattr(clip.told['sound'], name)
        )


def test_random_keys_are_as_dense_as_the_phones_of_the_clip(clip):
    (changed,) = with_keys([clip], 'random', 1)
    assert len(changed.told['sound'].step) == len(clip.told['sound'].step)


@pytest.mark.parametrize('choice', ['uniform', 'random'])
def test_keys_show_the_face_at_their_own_times(clip, choice):
    (changed,) = with_keys([clip], choice, 1)
    told = changed.told['sound']
    keys = told.keys.reshape(len(told.step), 3, len(CHANNELS))[..., 0]
    ends = np.append(told.start_s[1:], STEPS * STEP_S)
    last = instants_s()[-1]
    inside = (told.start_s >= 0) & (ends <= last)
    np.testing.assert_allclose(keys[inside, 0], told.start_s[inside], atol=1e-5)
    np.testing.assert_allclose(
        keys[inside, 1], np.minimum(told.start_s + RISE_S, ends)[inside], atol=1e-5
    )
    np.testing.assert_allclose(keys[inside, 2], ends[inside], atol=1e-5)


def test_without_keys_nothing_is_told(clip):
    (changed,) = with_keys([clip], 'none', 1)
    told = changed.told['sound']
    assert len(none()) == len(told.step) == 1
    assert not told.keys.any()
    assert np.ptp(told.clock(np.arange(STEPS))) == 0  # nor does time since a key


def test_boundaries_are_left_as_they_are(clip):
    assert with_keys([clip], 'boundaries', 1) == [clip]


def test_an_unknown_choice_is_refused(clip):
    with pytest.raises(ValueError, match='everywhere'):
        with_keys([clip], 'everywhere', 1)
