# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import soundfile

from facetalk_ros.speech.phones import PHONE_INDEX, PHONES, SILENCE

torch = pytest.importorskip('torch', reason='training needs torch')
pytest.importorskip('onnx', reason='training needs onnx')

from facetalk_ros.training.data.recording import Recording  # noqa: E402
from facetalk_ros.training.models.acoustic import AcousticConfig  # noqa: E402
from facetalk_ros.training.pseudo_labels import pseudo_label  # noqa: E402

SAID = (('SIL', 0.0, 0.3), ('M', 0.3, 0.42), ('AA', 0.42, 0.7), ('S', 0.7, 0.86), ('SIL', 0.86, 1))
DELAY = 12
CONFIG = AcousticConfig(look_ahead_steps=DELAY)


class Teacher(torch.nn.Module):
    """Hears phones at their times, each with a certainty, and tells so DELAY steps later."""

    state_size = 1

    def __init__(self, said, certainty):
        super().__init__()
        self.said, self.certainty = said, certainty
        self.was_training = True

    def forward(self, mel, state):
        self.was_training = self.training
        steps = mel.shape[1]
        posteriors = torch.full((steps * 2, len(PHONES)), 1e-4)
        posteriors[:, PHONE_INDEX[SILENCE]] = 0.9
        for phone, start_s, end_s in self.said:
            rows = slice(2 * DELAY + round(start_s * 100), 2 * DELAY + round(end_s * 100))
            sure = self.certainty.get(phone, 0.95)
            posteriors[rows] = (1 - sure) / (len(PHONES) - 1)
            posteriors[rows, PHONE_INDEX[phone]] = sure
        return posteriors.log().reshape(1, steps, 2, -1), None, None, state


def recording(tmp_path, seconds=1.0):
    path = tmp_path / 'clip.wav'
    soundfile.write(path, np.zeros(round(16000 * seconds)), 16000)
    return Recording('clip', path, 'ann', 'web', 'CC0', 'train', 'masse', duration_s=seconds)


def labels(tmp_path, said=SAID, **certainty):
    return pseudo_label(Teacher(said, certainty), CONFIG, recording(tmp_path)).phones


def test_phones_are_where_the_teacher_hears_them_without_its_delay(tmp_path):
    found = labels(tmp_path)
    assert [phone for phone, _, _ in found] == [phone for phone, _, _ in SAID]
    times = [(start_s, end_s) for _, start_s, end_s in found]
    np.testing.assert_allclose(times, [(s, e) for _, s, e in SAID], atol=0.011)


def test_what_the_teacher_is_unsure_of_has_no_label(tmp_path):
    found = labels(tmp_path, AA=0.4)
    assert [phone for phone, _, _ in found] == ['SIL', 'M', 'S', 'SIL']
    np.testing.assert_allclose(found[1][2], 0.42, atol=0.011)
    np.testing.assert_allclose(found[2][1], 0.7, atol=0.011)


def test_labels_ascend_and_end_with_the_sound(tmp_path):
    for k in range(5):
        said = tuple((p, s, e) for p, s, e in SAID if e > 0.2 * k)
        found = labels(tmp_path, said)
        edges = [edge for _, *times in found for edge in times]
        assert edges == sorted(edges)
        assert edges[-1] <= 1.0 + 1e-9


def test_everything_else_of_the_recording_stays(tmp_path):
    clip = recording(tmp_path)
    teacher = Teacher(SAID, {})
    teacher.train()
    found = pseudo_label(teacher, CONFIG, clip)
    assert not teacher.was_training
    assert clip.phones == ()
    assert found.phones
    for name in ('name', 'audio', 'speaker', 'source', 'licence', 'transcript', 'duration_s'):
        assert getattr(found, name) == getattr(clip, name)


def test_a_teacher_that_is_sure_of_nothing_labels_nothing(tmp_path):
    everything = dict.fromkeys(PHONES, 0.3)
    assert labels(tmp_path, **everything) == ()
