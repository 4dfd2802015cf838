# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The networks that run are those that were trained, and can be trained further."""

import numpy as np
import pytest

from facetalk_ros.audio.features import FRAMES_PER_STEP, MEL_BANDS
from facetalk_ros.face.articulation import CHANNELS
from facetalk_ros.motion.learned import INSTANTS, KEY_POSES, KNOWN_PHONES, NEIGHBOURS, MotionModel
from facetalk_ros.speech.acoustic import AcousticModel
from facetalk_ros.speech.phones import PHONES

torch = pytest.importorskip('torch', reason='training needs torch')
onnx = pytest.importorskip('onnx', reason='training needs onnx')

from facetalk_ros.training.models import acoustic  # noqa: E402
from facetalk_ros.training.models.motion import (  # noqa: E402
    LIP_ODDS,
    CompletionNet,
    KeyNet,
    MotionConfig,
    export_motion,
    load_weights,
    set_scales,
)

SMALL = MotionConfig(features=9, hidden=7, key_hidden=8, lips_hidden=6, dilations=(1, 2))
STEPS = 40
CHUNKS = (1, 2, 7, STEPS)
_C = len(CHANNELS)


def scrambled(net, seed=0):
    """Give every parameter a value of its own, as training would."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape))
    return net.eval()


def nets(config=SMALL, seed=0):
    made = scrambled(KeyNet(config), seed), scrambled(CompletionNet(config), seed + 1)
    rng = np.random.default_rng(seed)
    for net in made:
        set_scales(net, *(rng.uniform(0.1, 1, n).astype(np.float32)
                          for n in (_C, config.features, config.features)))  # fmt: skip
    return made


def clip(config=SMALL, streams=2, seed=1):
    """Return inputs of whole clips, float32 [streams, steps, ...], by name."""
    rng = np.random.default_rng(seed)
    one_hot = np.eye(KNOWN_PHONES)[rng.integers(KNOWN_PHONES, size=(streams, STEPS, NEIGHBOURS))]
    found = {
        'features': rng.standard_normal((streams, STEPS, config.features)),
        'phones': one_hot.reshape(streams, STEPS, -1),
        'told': rng.integers(2, size=(streams, STEPS, 1)),
        'clock': rng.uniform(0, 0.5, (streams, STEPS, INSTANTS)),
        'keys': rng.uniform(0, 1, (streams, STEPS, KEY_POSES * _C)),
    }
    return {name: values.astype(np.float32) for name, values in found.items()}


def exported(tmp_path, config=SMALL):
    keys, completion = nets(config)
    export_motion(keys, completion, config, tmp_path)
    return keys, completion, MotionModel(tmp_path, 'cpu')


def of_torch(net, inputs, *more):
    with torch.no_grad():
        return net(*(torch.from_numpy(x) for x in inputs), *more)


@pytest.mark.parametrize('chunk', CHUNKS)
def test_keys_are_those_of_the_net_in_chunks_of_any_size(tmp_path, chunk):
    keys, _, model = exported(tmp_path)
    data = clip()
    told = [data[name] for name in model.keys.inputs]
    expected = of_torch(keys, told).numpy()
    for first in range(0, STEPS, chunk):
        part = slice(first, first + chunk)
        answers = model.keys.step_many(
            [tuple(x[i, part] for x in told) for i in (0, 1)], [None] * 2
        )
        for i, answer in enumerate(answers):
            np.testing.assert_allclose(answer.outputs[0], expected[i, part], atol=1e-4)


@pytest.mark.parametrize('chunk', CHUNKS)
def test_completion_is_that_of_the_net_in_chunks_of_any_size(tmp_path, chunk):
    _, completion, model = exported(tmp_path)
    data = clip()
    told = [data[name] for name in model.completion.inputs]
    *expected, last = of_torch(completion, told, torch.zeros(2, completion.state_size))
    assert model.completion.outputs == ('poses', 'lips')
    states = [model.completion.start() for _ in range(2)]
    for first in range(0, STEPS, chunk):
        part = slice(first, first + chunk)
        answers = model.completion.step_many(
            [tuple(x[i, part] for x in told) for i in (0, 1)], states
        )
        for i, answer in enumerate(answers):
            for output, whole in zip(answer.outputs, expected, strict=True):
                np.testing.assert_allclose(output, whole[i, part].numpy(), atol=1e-4)
        states = [answer.state for answer in answers]
    np.testing.assert_allclose(np.concatenate(states), last.numpy(), atol=1e-4)


@pytest.mark.parametrize('chunk', CHUNKS)
def test_the_encoder_is_that_of_the_net_in_chunks_of_any_size(tmp_path, chunk):
    config = acoustic.AcousticConfig(channels=12, dilations=(1, 2, 4))
    net = scrambled(acoustic.AcousticNet(config))
    prior = np.full(len(PHONES), np.log(1 / len(PHONES)), np.float32)
    acoustic.export(net, config, prior, tmp_path / 'acoustic.onnx')
    model = AcousticModel(tmp_path / 'acoustic.onnx', 'cpu')
    rng = np.random.default_rng(0)
    mel = rng.random((STEPS, FRAMES_PER_STEP * MEL_BANDS)).astype(np.float32)
    *expected, last = of_torch(net, (mel[None],), torch.zeros(1, net.state_size))
    network, state = model._network, model.start()
    for first in range(0, STEPS, chunk):
        part = slice(first, first + chunk)
        ((outputs, state),) = network.step_many([(mel[part],)], [state])
        for output, whole in zip(outputs, expected, strict=True):
            np.testing.assert_allclose(output, whole[0, part].numpy(), atol=1e-4)
    np.testing.assert_allclose(state, last.numpy(), atol=1e-4)
    for found, whole in zip(model.whole(mel.reshape(-1, MEL_BANDS)), expected, strict=True):
        np.testing.assert_allclose(found, whole[0].numpy(), atol=1e-4)


@pytest.mark.parametrize('name', ['keys', 'completion'])
def test_every_parameter_is_in_the_file_by_name_and_comes_back_exactly(tmp_path, name):
    keys, completion, _ = exported(tmp_path)
    net, path = {'keys': keys, 'completion': completion}[name], tmp_path / f'{name}.onnx'
    stored = {i.name for i in onnx.load(str(path)).graph.initializer}
    assert set(net.state_dict()) <= stored
    assert {'scale', 'centre', 'spread', 'heard.weight', 'out.bias'} <= stored
    if name == 'completion':
        assert {'lips_heard.weight', 'lips_out.weight', 'lips_out.bias'} <= stored
    again = load_weights(scrambled(type(net)(SMALL), seed=9), path)
    for key, value in net.state_dict().items():
        assert torch.equal(again.state_dict()[key], value), key


@pytest.mark.parametrize('name', ['keys', 'completion'])
def test_weights_of_another_configuration_are_refused_by_name(tmp_path, name):
    exported(tmp_path)
    path = tmp_path / f'{name}.onnx'
    kind = {'keys': KeyNet, 'completion': CompletionNet}[name]
    for other in ({'features': 10}, {'hidden': 9, 'key_hidden': 9}):
        net = kind(MotionConfig(**{**SMALL.__dict__, **other}))
        with pytest.raises(ValueError, match=rf'{name}.onnx is of another configuration: \w+'):
            load_weights(net, path)
    other = MotionConfig(**{**SMALL.__dict__, 'lips_hidden': 9})
    with pytest.raises(ValueError, match=r'another configuration: lips_heard\.weight is'):
        load_weights(CompletionNet(other), tmp_path / 'completion.onnx')
    deeper = MotionConfig(**{**SMALL.__dict__, 'dilations': (1, 2, 4)})
    with pytest.raises(ValueError, match=r'convs\.2\.conv\.weight is missing'):
        load_weights(CompletionNet(deeper), tmp_path / 'completion.onnx')


def test_the_networks_that_ship_can_be_trained_further(tmp_path):
    from facetalk_ros.resources import WEIGHTS

    width = onnx.load(str(WEIGHTS / 'keys.onnx')).graph.input[0].type.tensor_type.shape
    config = MotionConfig(features=width.dim[2].dim_value)
    keys = load_weights(KeyNet(config), WEIGHTS / 'keys.onnx')
    completion = load_weights(CompletionNet(config), WEIGHTS / 'completion.onnx')
    export_motion(keys, completion, config, tmp_path)
    data = clip(config)
    for network in ('keys', 'completion'):
        shipped, made = (getattr(MotionModel(d, 'cpu'), network) for d in (WEIGHTS, tmp_path))
        told = tuple(data[name][0] for name in shipped.inputs)
        answers = [n.step_many([told], [n.start()])[0].outputs for n in (shipped, made)]
        for one, other in zip(*answers, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_without_training_completion_follows_the_keys_from_start_to_target():
    _, completion = KeyNet(SMALL), CompletionNet(SMALL).eval()
    data = clip(streams=1)
    clock = np.zeros((1, STEPS, INSTANTS), np.float32)
    clock[0, :, 0], clock[0, :, 1] = 0.0, np.linspace(0, 0.5, STEPS)
    told = [data['features'], data['phones'], data['told'], clock, data['keys']]
    poses, _, _ = of_torch(completion, told, torch.zeros(1, completion.state_size))
    poses = poses.numpy().reshape(STEPS, INSTANTS, _C)
    begin, target, _ = data['keys'].reshape(STEPS, KEY_POSES, _C).transpose(1, 0, 2)
    np.testing.assert_allclose(poses[:, 0], begin, atol=1e-6)
    reached = clock[0, :, 1] >= 0.06
    np.testing.assert_allclose(poses[reached, 1], target[reached], atol=1e-6)
    low, high = np.minimum(begin, target), np.maximum(begin, target)
    assert ((poses[:, 1] >= low - 1e-6) & (poses[:, 1] <= high + 1e-6)).all()


def completed(net, **other):
    """Return poses and log odds of the lips of a clip, some of whose inputs are others."""
    data = {**clip(), **other}
    told = [data[n] for n in ('features', 'phones', 'told', 'clock', 'keys')]
    poses, lips, _ = of_torch(net, told, torch.zeros(2, net.state_size))
    return poses.numpy(), lips.numpy()


def test_the_odds_of_the_lips_are_heard_whatever_is_said():
    _, net = nets()
    poses, lips = completed(net)
    assert lips.shape == (2, STEPS, INSTANTS * LIP_ODDS)
    with torch.no_grad():
        np.testing.assert_array_equal(net.lip_odds(torch.from_numpy(clip()['features'])), lips)
    other = {n: v for n, v in clip(seed=5).items() if n != 'features'}
    otherwise, same = completed(net, **other)
    np.testing.assert_allclose(same, lips, atol=1e-6)
    assert np.abs(otherwise - poses).max() > 0.01
    features = clip()['features'].copy()
    features[:, 20] += 1.0  # they remember nothing
    _, changed = completed(net, features=features)
    assert np.flatnonzero(np.abs(changed - lips).max((0, 2)) > 1e-6).tolist() == [20]
    # they hear the features as the motion does: less the mean, by the spread
    shifted = clip()['features'] + net.centre.numpy()
    net.centre.zero_()
    _, one = completed(net)
    net.centre.copy_(torch.from_numpy((shifted - clip()['features'])[0, 0]))
    np.testing.assert_allclose(completed(net, features=shifted)[1], one, atol=1e-4)


def test_lips_and_motion_have_no_parameter_in_common():
    _, net = nets()
    told = [torch.from_numpy(clip()[n]) for n in ('features', 'phones', 'told', 'clock', 'keys')]
    poses, lips, _ = net(*told, torch.zeros(2, net.state_size))
    of_lips = {id(p) for p in net.lip_parameters()}
    assert 0 < len(of_lips) < len(list(net.parameters()))
    for output, mine in ((poses, False), (lips, True)):
        net.zero_grad(set_to_none=True)
        output.square().sum().backward(retain_graph=True)
        for name, parameter in net.named_parameters():
            assert (parameter.grad is not None) == ((id(parameter) in of_lips) == mine), name
