# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.audio.features import MEL_BANDS
from facetalk_ros.speech.phones import PHONE_INDEX

torch = pytest.importorskip('torch', reason='training needs torch')
pytest.importorskip('onnx', reason='training needs onnx')

from facetalk_ros.training import acoustic_fit  # noqa: E402
from facetalk_ros.training.acoustic_examples import Examples  # noqa: E402
from facetalk_ros.training.acoustic_fit import (  # noqa: E402
    Fitting,
    boundary_targets,
    fit,
    loss_of,
)
from facetalk_ros.training.checkpoint import write_checkpoint  # noqa: E402
from facetalk_ros.training.data.corpus import UNKNOWN  # noqa: E402
from facetalk_ros.training.models.acoustic import AcousticConfig, AcousticNet  # noqa: E402

CONFIG = AcousticConfig(channels=6, dilations=(1, 2))
M, S = PHONE_INDEX['M'], PHONE_INDEX['S']
FITTING = Fitting(steps=6, seed=4, rate=2e-3)


def made_examples():
    """Half a second of one loud band for M, half a second of another for S, and again."""
    rng = np.random.default_rng(0)
    loud = np.arange(400) // 25 % 2
    features = rng.normal(0, 0.1, (400, 2, MEL_BANDS))
    features[loud == 0, :, :8] += 1
    features[loud == 1, :, -8:] += 1
    labels = np.where(loud, S, M).repeat(2).reshape(400, 2)
    return Examples(features.reshape(400, -1).astype(np.float16), labels.astype(np.int8))


@pytest.fixture
def groups():
    return {'read': made_examples(), 'other': made_examples()}


@pytest.fixture
def saving_often(monkeypatch):
    monkeypatch.setattr(acoustic_fit, '_SAVE_EVERY', 2)
    monkeypatch.setattr(acoustic_fit, '_CROP_STEPS', 40)


def new_net():
    torch.manual_seed(0)
    return AcousticNet(CONFIG)


def assert_same(one, other):
    for key, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[key]), key


def test_boundaries_lie_where_the_phone_changes():
    labels = torch.tensor([[M, M, M, M, S, S, S, S, M, M]])
    begins, sure = boundary_targets(labels)
    assert begins.tolist() == [[0, 0, 0, 0.5, 1, 0.5, 0, 0.5, 1, 0.5]]
    assert sure.min() == 1


def test_beside_what_is_unknown_nothing_begins():
    labels = torch.tensor([[UNKNOWN, M, M, M, UNKNOWN, UNKNOWN, S, S, M, UNKNOWN]])
    begins, sure = boundary_targets(labels)
    assert sure.tolist() == [[0, 1, 1, 1, 0, 0, 1, 1, 1, 0]]
    assert begins.tolist() == [[0, 0, 0, 0, 0, 0, 0, 0.5, 1, 0.5]]


def test_one_phone_alone_has_no_boundary():
    begins, _ = boundary_targets(torch.full((2, 7), M))
    assert not begins.any()


class Told(torch.nn.Module):
    """Says what it was told, so many steps late."""

    state_size = 1

    def __init__(self, labels, begins, delay):
        super().__init__()
        steps = labels.shape[1] // 2
        self.posteriors = torch.full((1, steps + delay, 2, 40), -20.0)
        for frame, label in enumerate(labels[0].tolist()):
            if label != UNKNOWN:
                self.posteriors[0, delay + frame // 2, frame % 2, label] = 0.0
        self.boundaries = torch.full((1, steps + delay, 2), -20.0)
        self.boundaries[0, delay:] = 40 * begins.reshape(1, steps, 2) - 20

    def forward(self, mel, state):
        steps = mel.shape[1]
        return self.posteriors[:, :steps], self.boundaries[:, :steps], None, state


@pytest.mark.parametrize('delay', [0, 2, 12])
def test_the_loss_takes_the_delay_off(delay):
    """Posteriors that are right ``delay`` steps late lose less than any other."""
    labels = torch.tensor([[M] * 30 + [S] * 30])
    begins, _ = boundary_targets(labels)
    mel = torch.zeros(1, 30, 2 * MEL_BANDS)
    losses = {
        late: loss_of(Told(labels, (begins > 0.7).float(), late), delay, mel, labels).item()
        for late in range(16)
    }
    assert min(losses, key=losses.get) == delay


def test_unknown_frames_do_not_count():
    labels = torch.tensor([[M] * 10 + [UNKNOWN] * 10])
    begins, _ = boundary_targets(labels)
    mel = torch.zeros(1, 10, 2 * MEL_BANDS)
    right = Told(labels, begins, 0)
    other = Told(labels, begins, 0)
    other.posteriors[0, 5:, :, S] = 0.0
    other.boundaries[0, 5:] = 20.0
    torch.testing.assert_close(loss_of(right, 0, mel, labels), loss_of(other, 0, mel, labels))


def test_training_lowers_the_loss(groups, tmp_path, monkeypatch):
    monkeypatch.setattr(acoustic_fit, '_CROP_STEPS', 40)
    net = new_net()
    examples = groups['read']
    mel = torch.from_numpy(examples.features.astype(np.float32))[None]
    labels = torch.from_numpy(examples.labels.astype(np.int64)).reshape(1, -1)
    before = loss_of(net.eval(), 2, mel, labels).item()
    fit(net, CONFIG, Fitting(60, 1, 2e-2), groups, tmp_path / 'net.pt')
    assert loss_of(net.eval(), 2, mel, labels).item() < 0.6 * before


@pytest.mark.parametrize('stopped_at', [3, 5])
def test_a_fit_that_goes_on_ends_with_the_same_bits(
    groups, tmp_path, saving_often, monkeypatch, stopped_at
):
    whole = new_net()
    fit(whole, CONFIG, FITTING, groups, tmp_path / 'whole.pt')
    parts, drawn, draw = new_net(), [], acoustic_fit.draw

    def interrupted(*args):
        drawn.append(args)
        if len(drawn) == stopped_at:
            raise KeyboardInterrupt
        return draw(*args)

    monkeypatch.setattr(acoustic_fit, 'draw', interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit(parts, CONFIG, FITTING, groups, tmp_path / 'parts.pt')
    monkeypatch.setattr(acoustic_fit, 'draw', draw)
    torch.manual_seed(99)
    again = AcousticNet(CONFIG)  # another start than before
    fit(again, CONFIG, FITTING, groups, tmp_path / 'parts.pt')
    assert_same(whole, again)


def test_a_fit_that_is_over_stays_as_it_is(groups, tmp_path, saving_often):
    net = new_net()
    fit(net, CONFIG, FITTING, groups, tmp_path / 'net.pt')
    torch.manual_seed(99)
    again = AcousticNet(CONFIG)
    fit(again, CONFIG, FITTING, groups, tmp_path / 'net.pt')
    assert_same(net, again)


@pytest.mark.parametrize(
    ('config', 'fitting', 'named'),
    [
        (AcousticConfig(7, (1, 2)), FITTING, 'channels is 6, not 7'),
        (AcousticConfig(6, (1, 4)), FITTING, r'dilations is \(1, 2\), not \(1, 4\)'),
        (AcousticConfig(6, (1, 2), 3), FITTING, 'look_ahead_steps is 2, not 3'),
        (CONFIG, Fitting(7, 4, 2e-3), 'steps is 6, not 7'),
        (CONFIG, Fitting(6, 5, 2e-3), 'seed is 4, not 5'),
        (CONFIG, Fitting(6, 4, 1e-3), 'rate is 0.002, not 0.001'),
    ],
)
def test_a_checkpoint_of_another_configuration_is_refused_by_name(
    groups, tmp_path, saving_often, config, fitting, named
):
    fit(new_net(), CONFIG, FITTING, groups, tmp_path / 'net.pt')
    with pytest.raises(ValueError, match=rf'net\.pt is of another configuration: {named}'):
        fit(AcousticNet(config), config, fitting, groups, tmp_path / 'net.pt')


@pytest.mark.parametrize('content', [b'', b'no checkpoint', None])
def test_what_is_no_checkpoint_of_it_is_refused(groups, tmp_path, content):
    path = tmp_path / 'net.pt'
    if content is None:
        write_checkpoint(path, 'another training 1', {'step': 3})
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r'net\.pt is (no checkpoint|not a)'):
        fit(new_net(), CONFIG, FITTING, groups, path)
