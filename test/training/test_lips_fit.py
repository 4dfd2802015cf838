# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from facetalk_ros.audio.features import FRAMES_PER_STEP, HOP_SAMPLES, SAMPLE_RATE_HZ, STEP_S
from facetalk_ros.motion.learned import INSTANT_AGES_S, INSTANTS
from facetalk_ros.speech.acoustic import Heard
from facetalk_ros.speech.phones import BILABIALS, OPEN_VOWELS, PHONE_INDEX, PHONES, SILENCE

torch = pytest.importorskip('torch', reason='training needs torch')
pytest.importorskip('onnx', reason='training needs onnx')

from facetalk_ros.training import lips_fit  # noqa: E402
from facetalk_ros.training.acoustic_examples import SHARE  # noqa: E402
from facetalk_ros.training.data import corpus  # noqa: E402
from facetalk_ros.training.data.augment import Augmenter  # noqa: E402
from facetalk_ros.training.data.recording import Recording  # noqa: E402
from facetalk_ros.training.lips_fit import (  # noqa: E402
    LipExamples,
    fit_lips,
    lip_examples,
    lip_targets,
)
from facetalk_ros.training.models.motion import (  # noqa: E402
    LIP_ODDS,
    CompletionNet,
    MotionConfig,
)

HOP_S = HOP_SAMPLES / SAMPLE_RATE_HZ
SHAPE = INSTANTS, LIP_ODDS
STEPS = 30
FRAMES = STEPS * FRAMES_PER_STEP
MEET, APART = 0, 1


def labelled(**phones):
    """Return labels of frames: silence, but for phones at frames."""
    labels = np.full(FRAMES, PHONE_INDEX[SILENCE], np.int64)
    for phone, frames in phones.items():
        labels[frames] = PHONE_INDEX[phone]
    return labels


def targets(labels, steps=STEPS):
    """Return what lips do and where it is known, [steps, INSTANTS, LIP_ODDS]."""
    lips, known = lip_targets(labels, steps)
    assert lips.dtype == known.dtype == np.float32
    assert lips.shape == known.shape == (steps, INSTANTS * LIP_ODDS)
    return lips.reshape(steps, *SHAPE), known.reshape(steps, *SHAPE)


def instants_s(steps=STEPS):
    """Return when the instants are at which the stream shows a step, [steps, INSTANTS]."""
    return (np.arange(steps)[:, None] + 1) * STEP_S - np.array(INSTANT_AGES_S)


@pytest.mark.parametrize('frame', [0, 1, 20, 21, 40, 53])
@pytest.mark.parametrize(('phone', 'column'), [('B', MEET), ('AA', APART)])
def test_a_frame_is_the_target_of_the_instant_at_its_middle(frame, phone, column):
    lips, _ = targets(labelled(**{phone: frame}))
    ((step, instant, odds),) = np.argwhere(lips)
    assert odds == column
    assert instants_s()[step, instant] == pytest.approx((frame + 0.5) * HOP_S)
    assert frame == 2 * step - 5 + instant


def test_instants_without_a_label_are_unknown():
    lips, known = targets(labelled(M=slice(None)), STEPS + 6)
    times_s = instants_s(STEPS + 6)
    inside = (times_s > 0) & (times_s < FRAMES * HOP_S)
    for column in (MEET, APART):
        np.testing.assert_array_equal(known[..., column] > 0, inside)
    np.testing.assert_array_equal(lips[..., MEET] > 0, inside)
    labels = labelled(P=slice(10, 20))
    labels[15:40] = corpus.UNKNOWN
    lips, known = targets(labels)
    frames = 2 * np.arange(STEPS)[:, None] - 5 + np.arange(INSTANTS)
    np.testing.assert_array_equal(
        known[..., MEET] > 0, (frames >= 0) & ((frames < 15) | (frames >= 40))
    )
    np.testing.assert_array_equal(lips[..., MEET] > 0, (frames >= 10) & (frames < 15))
    assert not lips[..., APART].any()


@pytest.mark.parametrize('phone', PHONES)
def test_lips_meet_for_p_b_m_and_part_for_open_vowels(phone):
    lips, known = targets(labelled(**{phone: slice(None)}))
    inside = known[..., 0] > 0
    assert (lips[inside][:, MEET] == (phone in BILABIALS)).all()
    assert (lips[inside][:, APART] == (phone in OPEN_VOWELS)).all()


class Loudness:
    """An encoder whose only feature is how loud a step is."""

    def whole(self, mel):
        loud = mel.reshape(-1, FRAMES_PER_STEP, mel.shape[1]).mean((1, 2))
        return Heard(None, None, np.stack((loud, loud), 1).astype(np.float32))


def spoken(folder, name, source='vctk', times=(0.5, 1.1, 1.6), **about):
    """Write a recording that is loud in its M of 0.2 s at some times and still elsewhere."""
    rng = np.random.default_rng(len(name))
    samples = 1e-4 * rng.standard_normal(2 * SAMPLE_RATE_HZ)
    phones, end_s = [], 0.0
    for start_s in times:
        at = slice(round(start_s * SAMPLE_RATE_HZ), round((start_s + 0.2) * SAMPLE_RATE_HZ))
        samples[at] += 0.2 * rng.standard_normal(at.stop - at.start)
        phones += [('T', end_s, start_s), ('M', start_s, start_s + 0.2)]
        end_s = start_s + 0.2
    phones.append(('T', end_s, 2.0))
    soundfile.write(folder / f'{name}.wav', samples, SAMPLE_RATE_HZ)
    return Recording(
        name, folder / f'{name}.wav', name, source, 'CC0', 'train', '', tuple(phones), **about
    )


def examples_of(recordings, seed=0):
    return lip_examples(recordings, Loudness(), Augmenter([], [], [], seed), seed)


@pytest.mark.parametrize('seed', range(3))
def test_sound_is_heard_before_its_instant(tmp_path, seed):
    """A step hears what its instants show 40 to 60 ms later, in every variation."""
    found = examples_of([spoken(tmp_path, 'one')], seed)
    clean = round(2.0 / STEP_S) + 6
    assert len(found.shares) != 2 * clean  # the second is longer or shorter
    for part in (slice(None, clean), slice(clean, None)):
        loud = found.features[part, 0].astype(np.float32)
        loud = loud > np.mean(np.percentile(loud, (30, 95)))
        meet = found.lips[part].reshape(-1, *SHAPE)[..., MEET].any(1)
        assert meet.sum() > 20  # three of 0.2 s
        agreed = [np.mean(loud[: len(loud) - lag] == meet[lag:]) for lag in range(8)]
        assert np.argmax(agreed) == 2
        assert agreed[2] > 0.95
        known = found.known[part]
        assert 0.9 < known.mean() < 1.0  # all but the first frames and the tail


def test_every_recording_is_shown_clean_and_varied_by_the_shares_of_the_groups(tmp_path):
    read = [spoken(tmp_path, f'r{k}') for k in range(3)]
    made = [spoken(tmp_path, 'm', 'flite voice')]
    found = examples_of([*read, *made])
    lengths = {len(x) for x in (found.features, found.lips, found.known, found.shares)}
    assert lengths == {len(found.shares)}
    assert found.shares.sum() == pytest.approx(1.0)
    steps = 2.0 / STEP_S
    assert 2 * 4 * 0.8 * steps < len(found.shares) < 2 * 4 * 1.3 * steps
    found_shares = sorted(set(np.round(found.shares, 12)))
    assert len(found_shares) == 2  # the rarer group is drawn as often as its share asks
    of_made = found.shares[np.isclose(found.shares, found_shares[1])].sum()
    assert of_made == pytest.approx(SHARE['synthetic'] / (SHARE['synthetic'] + SHARE['read']))
    again = examples_of([*read, *made])
    np.testing.assert_array_equal(found.features, again.features)
    np.testing.assert_array_equal(found.lips, again.lips)


SMALL = MotionConfig(features=6, hidden=7, key_hidden=8, lips_hidden=64, dilations=(1, 2))


def made(steps=3000, seed=0):
    """Return steps whose lips the features tell."""
    rng = np.random.default_rng(seed)
    lips = (rng.random((steps, INSTANTS * LIP_ODDS)) < 0.3).astype(np.float32)
    noise = 0.2 * rng.standard_normal((steps, 2))
    features = np.concatenate((lips + 0.2 * rng.standard_normal(lips.shape), noise), 1) - 0.3
    return LipExamples(
        (4 * features).astype(np.float16), lips, np.ones_like(lips), np.full(steps, 1 / steps)
    )


def net_of(seed=0):
    torch.manual_seed(seed)
    return CompletionNet(SMALL)


def quiet(line):
    pass


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(lips_fit, '_BATCH', 256)


def fitted(examples, steps=300, seed=1):
    net = net_of()
    fit_lips(net, examples, steps, seed, quiet)
    return net


def odds(net, examples):
    with torch.no_grad():
        return net.eval().lip_odds(torch.from_numpy(examples.features.astype(np.float32))[None])[0]


def accuracy(net, examples):
    right = (odds(net, examples).numpy() > 0) == (examples.lips > 0)
    return right.mean(0)


def test_a_short_fit_learns_each_of_the_odds():
    fresh = made(seed=9)
    net = fitted(made())
    assert (accuracy(net, fresh) > 0.95).all()
    assert (accuracy(net_of(), fresh) < 0.9).all()
    told = 1 / (1 + np.exp(-odds(net, fresh).numpy()))
    assert np.abs(told.mean(0) - 0.3).max() < 0.05  # odds, not scores


def test_only_the_lips_are_trained():
    before, net = net_of().state_dict(), fitted(made(), 3)
    moved = {n for n, value in net.state_dict().items() if not torch.equal(value, before[n])}
    of_lips = {id(p) for p in net.lip_parameters()}
    assert moved == {n for n, p in net.named_parameters() if id(p) in of_lips}
    assert moved


def parameters(net):
    return torch.cat([p.detach().ravel() for p in net.lip_parameters()])


def test_what_is_not_known_teaches_nothing():
    examples = made()
    rng = np.random.default_rng(3)
    known = (rng.random(examples.known.shape) < 0.5).astype(np.float32)
    some = replace(examples, known=known)
    wrong = replace(some, lips=np.where(known > 0, examples.lips, 1 - examples.lips))
    assert torch.equal(parameters(fitted(some, 5)), parameters(fitted(wrong, 5)))
    assert not torch.equal(parameters(fitted(some, 5)), parameters(fitted(examples, 5)))


def test_steps_are_drawn_by_their_shares():
    examples = made()
    n = len(examples.shares)
    wrong = np.arange(n) >= n // 2
    shares = np.where(wrong, 0, 2 / n)
    lips = np.where(wrong[:, None], 1 - examples.lips, examples.lips)
    net = fitted(replace(examples, lips=lips, shares=shares))
    assert (accuracy(net, made(seed=9)) > 0.95).all()


def test_a_seed_gives_the_same_lips():
    one, two, other = (fitted(made(), 4, seed) for seed in (1, 1, 2))
    assert torch.equal(parameters(one), parameters(two))
    assert not torch.equal(parameters(one), parameters(other))


def test_a_long_fit_says_how_far_it_is():
    lines = []
    fit_lips(net_of(), made(200), 400, 1, lines.append)
    assert [line.split()[0] for line in lines] == ['200/400', '400/400']
    assert all('lips loss ' in line for line in lines)
