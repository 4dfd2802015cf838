# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import onnxruntime
import pytest

from facetalk_ros.face.names import ARKIT_INDEX, ARKIT_NAMES, UPPER_FACE_NAMES
from facetalk_ros.training.layouts.tracked import CORNER_NAMES, arkit_regions

torch = pytest.importorskip('torch', reason='training needs torch')
pytest.importorskip('onnx', reason='training needs onnx')

from facetalk_ros.training.joint.net import JointNet, config_for  # noqa: E402
from facetalk_ros.training.joint.onnx_form import KIND, export  # noqa: E402

WIDTH = 12
MOVABLE = arkit_regions().text_outputs()


def small_net(size='realtime', seed=0):
    """Return a network whose every weight matters, as after a training."""
    config = config_for(size, 52, MOVABLE, WIDTH, 25.0, channels=8)
    torch.manual_seed(seed)
    net = JointNet(config)
    for head in (net.lower_head, net.upper_head):
        torch.nn.init.normal_(head.weight)
    torch.nn.init.normal_(net.silence)
    return net.eval(), config


def inputs(config, steps, seed=0):
    rng = np.random.default_rng(seed)
    audio = rng.standard_normal((1, steps, config.audio_width)).astype(np.float32)
    text = rng.standard_normal((1, steps, WIDTH)).astype(np.float32)
    spoken = (rng.random((1, steps, 1)) < 0.7).astype(np.float32)
    return audio, text, spoken


def run(net, audio, text, spoken):
    with torch.no_grad():
        state = torch.zeros(1, net.state_size)
        motion, last = net(*(torch.from_numpy(x) for x in (audio, text, spoken)), state)
    return motion[0].numpy(), last.numpy()


@pytest.mark.parametrize('size', ['realtime', 'paper'])
def test_text_changes_no_output_of_the_lower_face_by_a_single_bit(size):
    net, config = small_net(size)
    audio, text, spoken = inputs(config, 40)
    first, _ = run(net, audio, text, spoken)
    fixed = [i for i in range(52) if i not in MOVABLE]
    for other, said in (
        (text[:, ::-1] * 100, spoken),
        (text, 1 - spoken),
        (text * np.nan, spoken),
    ):
        second, _ = run(net, audio, np.ascontiguousarray(other), said)
        np.testing.assert_array_equal(first[:, fixed], second[:, fixed])
    changed, _ = run(net, audio, text * 2, spoken)
    assert (np.abs(first - changed).max(0)[MOVABLE] > 1e-4).all()


def test_what_text_may_move_is_the_upper_face_and_the_mouth_corners():
    assert {ARKIT_NAMES[i] for i in MOVABLE} == {*UPPER_FACE_NAMES, *CORNER_NAMES}
    assert ARKIT_INDEX['jawOpen'] not in MOVABLE


def test_the_sound_moves_every_output():
    net, config = small_net()
    audio, text, spoken = inputs(config, 40)
    first, _ = run(net, audio, text, spoken)
    second, _ = run(net, audio * 2, text, spoken)
    assert (np.abs(first - second).max(0) > 1e-4).all()


def test_what_lies_in_text_between_words_does_not_matter():
    net, config = small_net()
    audio, text, spoken = inputs(config, 30)
    first, _ = run(net, audio, text, spoken)
    second, _ = run(net, audio, np.where(spoken > 0, text, 7).astype(np.float32), spoken)
    np.testing.assert_array_equal(first, second)


def test_the_realtime_size_hears_no_future():
    net, config = small_net()
    audio, text, spoken = inputs(config, 40)
    first, _ = run(net, audio, text, spoken)
    audio[:, 25:] += 1
    text[:, 25:] += 1
    second, _ = run(net, audio, text, spoken)
    np.testing.assert_allclose(first[:25], second[:25], atol=1e-5)
    assert np.abs(first[25] - second[25]).max() > 1e-3


@pytest.fixture(scope='module')
def session(tmp_path_factory):
    net, config = small_net()
    path = tmp_path_factory.mktemp('joint') / 'joint.onnx'
    export(net, config, path)
    return onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])


@pytest.mark.parametrize('chunk', [1, 2, 7, 60])
def test_the_exported_network_equals_torch_in_chunks_of_any_size(session, chunk):
    net, config = small_net()
    audio, text, spoken = inputs(config, 60, seed=5)
    expected, last = run(net, audio, text, spoken)
    state, made = np.zeros((1, net.state_size), np.float32), []
    for start in range(0, 60, chunk):
        part = slice(start, start + chunk)
        motion, state = session.run(
            None,
            {'audio': audio[:, part], 'text': text[:, part], 'spoken': spoken[:, part],
             'state': state},
        )  # fmt: skip
        made.append(motion[0])
    np.testing.assert_allclose(np.concatenate(made), expected, atol=2e-4)
    np.testing.assert_allclose(state, last, atol=2e-4)


def test_the_exported_network_takes_many_streams_and_says_what_it_is(session):
    net, config = small_net()
    facts = json.loads(session.get_modelmeta().custom_metadata_map['facetalk'])
    assert facts['kind'] == KIND
    assert facts['state_size'] == net.state_size
    assert tuple(facts['config']['text_outputs']) == config.text_outputs
    one, two = inputs(config, 9, seed=1), inputs(config, 9, seed=2)
    names = ('audio', 'text', 'spoken')
    feed = {
        n: np.concatenate(pair) for n, pair in zip(names, zip(one, two, strict=True), strict=True)
    }
    feed['state'] = np.zeros((2, net.state_size), np.float32)
    motion, _ = session.run(None, feed)
    for made, given in zip(motion, (one, two), strict=True):
        np.testing.assert_allclose(made, run(net, *given)[0], atol=2e-4)


def test_the_paper_size_is_not_exported(tmp_path):
    net, config = small_net('paper')
    with pytest.raises(ValueError, match="'paper' needs the whole clip"):
        export(net, config, tmp_path / 'joint.onnx')
    with pytest.raises(ValueError, match="'tiny'"):
        config_for('tiny', 52, MOVABLE, WIDTH, 25.0)
