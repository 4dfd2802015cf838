# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import sys

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs torch')
transformers = pytest.importorskip('transformers', reason='wav2vec 2.0 needs transformers')

from facetalk_ros.training.paper.audio import (  # noqa: E402
    AudioEncoder,
    build_wav2vec2,
    load_wav2vec2,
)


def same_weights(first, second):
    pairs = zip(first.state_dict().items(), second.state_dict().items(), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


@pytest.mark.parametrize(('fps', 'per_face'), [(25.0, 2), (30.0, 1), (60.0, 1)])
def test_features_are_taken_at_the_times_of_the_faces(fps, per_face):
    encoder = AudioEncoder(load_wav2vec2('random', 1)[0], fps, 8)
    assert (encoder.hop, encoder.span) == (320, 400)  # 20 ms, 25 ms
    assert encoder.per_face == per_face
    # a frame that says the time of its middle
    middles_s = (torch.arange(49) * 320 + 200) / 16000
    faces = int(fps * 0.9)
    times_s = encoder.at_faces(middles_s[None, None], faces)[0, :, 0].reshape(faces, per_face)
    wanted_s = np.arange(faces)[:, None] / fps + 0.02 * np.arange(per_face)
    np.testing.assert_allclose(times_s.numpy(), np.maximum(wanted_s, 0.0125), atol=1e-6)


def test_there_is_a_vector_for_every_face_however_short_the_sound():
    encoder = AudioEncoder(load_wav2vec2('random', 1)[0], 25.0, 8).eval()
    for samples, faces in ((800, 1), (800, 2), (16000, 25), (16000, 27)):
        assert encoder(torch.randn(samples), faces).shape == (faces, 8)


def test_a_face_hears_its_own_time():
    """The convolutions alone: a click changes the features of the faces around it."""
    encoder = AudioEncoder(load_wav2vec2('random', 1)[0], 25.0, 8).eval()
    samples = torch.zeros(32000)
    samples[16000] = 1.0
    features = encoder.convolutions(samples[None])
    loud = encoder.at_faces(features, 50)[0].std(1).reshape(50, 2).sum(1)
    assert abs(int(loud.argmax()) - 25) <= 1


def test_the_convolutions_learn_nothing_and_the_rest_does():
    encoder = AudioEncoder(load_wav2vec2('random', 1)[0], 30.0, 8).train()
    encoder(torch.randn(16000), 30).sum().backward()
    assert all(weight.grad is None for weight in encoder.convolutions.parameters())
    assert encoder.projection.projection.weight.grad.abs().sum() > 0


def test_a_network_comes_from_a_folder_of_this_machine(tmp_path):
    net, shape, sign = load_wav2vec2('random', 3)
    net.save_pretrained(tmp_path / 'w2v')
    found, its_shape, its_sign = load_wav2vec2(str(tmp_path / 'w2v'), 1)
    assert its_shape == shape
    assert same_weights(net, found)
    assert sign == 'random' != its_sign
    assert same_weights(net, load_wav2vec2('random', 3)[0])
    assert not same_weights(net, load_wav2vec2('random', 4)[0])
    built = build_wav2vec2(its_shape)
    built.load_state_dict(net.state_dict())
    with torch.no_grad():
        next(iter(found.parameters())).add_(1)
    found.save_pretrained(tmp_path / 'other')
    assert load_wav2vec2(str(tmp_path / 'other'), 1)[2] != its_sign


def test_what_is_no_wav2vec2_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'config\.json is missing'):
        load_wav2vec2(str(tmp_path), 1)
    (tmp_path / 'config.json').write_text('{"model_type": "gpt2"}')
    with pytest.raises(ValueError, match="type 'gpt2', not wav2vec2"):
        load_wav2vec2(str(tmp_path), 1)
    for broken in ('{', '{}', '{"model_type": "wav2vec2"}'):
        (tmp_path / 'config.json').write_text(broken)
        with pytest.raises(ValueError, match='cannot be loaded'):
            load_wav2vec2(str(tmp_path), 1)


def test_weights_that_do_not_fill_the_network_are_refused(tmp_path):
    net, _, _ = load_wav2vec2('random', 3)
    weights = {n: t for n, t in net.state_dict().items() if 'layers.1.attention' not in n}
    net.save_pretrained(tmp_path, state_dict=weights)
    with pytest.raises(ValueError, match=r'no weights for encoder\.layers\.1\.attention'):
        load_wav2vec2(str(tmp_path), 1)


def test_without_transformers_one_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, 'transformers', None)
    with pytest.raises(ImportError, match='pip install transformers'):
        load_wav2vec2('random', 1)
