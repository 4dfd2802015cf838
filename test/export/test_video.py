# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Videos and pictures: what a player finds in the file."""

import builtins
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from facetalk_ros.export import Audio, Track, check_out, write_frames
from facetalk_ros.export.track import poses_at
from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.view import load_face

PICTURE_MODULES = ('contact_sheet', 'renderer', 'picture_libraries')
JAW = ARKIT_INDEX['jawOpen']


@pytest.fixture
def nod() -> Track:
    """Return a second and a half in which the jaw goes down and up."""
    times = np.arange(90) / 60
    weights = np.zeros((90, 52), np.float32)
    weights[:, JAW] = np.sin(times * np.pi / 1.5)
    return Track(times, weights)


def tone(rate_hz, seconds, channels=1):
    wave = 0.3 * np.sin(np.arange(int(rate_hz * seconds)) * 2 * np.pi * 440 / rate_hz)
    return Audio(np.repeat(wave[:, None], channels, axis=1).astype(np.float32), rate_hz)


@pytest.fixture
def video():
    pytest.importorskip('av', reason="needs PyAV, the extra 'video'")
    from facetalk_ros.export import video

    return video


@pytest.mark.parametrize(('rate_hz', 'channels'), [(8000, 1), (22050, 2), (192000, 6)])
def test_an_mp4_has_the_face_and_its_sound(video, tmp_path, nod, rate_hz, channels):
    import av

    path = tmp_path / 'face.mp4'
    seen = []
    video.write_mp4(
        path, nod, load_face('human'), audio=tone(rate_hz, 1.8, channels), size=96,
        progress=lambda done, count: seen.append((done, count)),
    )  # fmt: skip
    assert seen == [(30, 54), (54, 54)]
    with av.open(str(path)) as file:
        pictures, sound = file.streams.video[0], file.streams.audio[0]
        assert (pictures.width, pictures.height, pictures.average_rate) == (96, 96, 30)
        assert pictures.pix_fmt == 'yuv420p'
        assert float(pictures.duration * pictures.time_base) == pytest.approx(1.8, abs=0.001)
        assert (sound.codec.name, sound.sample_rate) == ('aac', min(rate_hz, 48000))
        assert sound.channels == min(channels, 2) if channels < 3 else 1
        assert float(sound.duration * sound.time_base) == pytest.approx(1.8, abs=0.03)
        heard = [f.to_ndarray() for f in file.decode(sound)]
    wave = np.concatenate(heard, axis=1)[0]
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    assert spectrum.argmax() * sound.sample_rate / len(wave) == pytest.approx(440, abs=2)
    with av.open(str(path)) as file:
        shown = [f.to_ndarray(format='rgb24') for f in file.decode(video=0)]
    assert len(shown) == 54
    # the mouth is open in the middle of the movement and shut at its ends
    dark = [int((f[60:88, 30:66].max(-1) < 100).sum()) for f in shown]
    assert dark[22] > dark[0] + 40
    assert abs(dark[50] - dark[0]) < 10


def test_a_video_without_sound_has_no_sound_stream_and_no_encoder_is_needed_but_one(
    video, tmp_path, nod, monkeypatch
):
    import av

    monkeypatch.setattr(video, '_ENCODERS', (('libnothing', {}), *video._ENCODERS[-1:]))
    video.write_mp4(tmp_path / 'face.mp4', nod, load_face(), size=64)
    with av.open(str(tmp_path / 'face.mp4')) as file:
        assert [s.codec.name for s in file.streams] == ['mpeg4']
    monkeypatch.setattr(video, '_ENCODERS', (('libnothing', {}),))
    with pytest.raises(ValueError, match='none of the encoders libnothing'):
        video.write_mp4(tmp_path / 'other.mp4', nod, load_face(), size=64)
    assert [p.name for p in tmp_path.iterdir()] == ['face.mp4']


def test_equal_input_gives_an_equal_video(video, tmp_path, nod):
    for name in ('a', 'b'):
        video.write_mp4(tmp_path / name, nod, load_face(), audio=tone(16000, 1.0), size=64)
    assert (tmp_path / 'a').read_bytes() == (tmp_path / 'b').read_bytes()


@pytest.mark.parametrize('arguments', [{'size': 97}, {'size': 8}, {'fps': 0}, {'fps': 1000}])
def test_bad_arguments_are_refused_with_their_value(video, tmp_path, nod, arguments):
    ((_, value),) = arguments.items()
    with pytest.raises(ValueError, match=f' {value} '):
        video.write_mp4(tmp_path / 'face.mp4', nod, load_face(), **arguments)
    assert not list(tmp_path.iterdir())


def test_a_failure_on_the_way_leaves_no_file(video, tmp_path, nod):
    def give_up(_done, _count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        video.write_mp4(tmp_path / 'face.mp4', nod, load_face(), size=64, progress=give_up)
    assert not list(tmp_path.iterdir())


def test_a_gif_plays_at_the_right_speed(tmp_path, nod):
    image = pytest.importorskip('PIL.Image', reason="needs Pillow, the extra 'video'")
    write_frames(tmp_path / 'face.gif', nod)
    with image.open(tmp_path / 'face.gif') as gif:
        durations = []
        for i in range(gif.n_frames):
            gif.seek(i)
            durations.append(gif.info['duration'])
    assert sum(durations) == 1500
    long = Track(np.array([0.0, 61.0]), np.zeros((2, 52), np.float32))
    with pytest.raises(ValueError, match='61 s is too long'):
        write_frames(tmp_path / 'long.gif', long)


def test_a_png_shows_the_targets_of_the_phones(tmp_path, nod):
    image = pytest.importorskip('PIL.Image', reason="needs Pillow, the extra 'video'")
    keys = [
        SimpleNamespace(time_s=t, phone=p, word='', kind=k, from_text=True, weights=nod.weights[0])
        for t, p, k in ((0.7, 'AA', 1), (0.4, 'AA', 0), (0.2, 'M', 1))
    ]
    write_frames(tmp_path / 'face.png', nod, keys=keys)
    with image.open(tmp_path / 'face.png') as sheet:
        assert sheet.width == 2 * 160
    write_frames(tmp_path / 'even.png', nod)
    with image.open(tmp_path / 'even.png') as sheet:
        assert sheet.width == 8 * 160
        assert sheet.height == 6 * (160 + 26 + 6)


@pytest.mark.parametrize(('suffix', 'module'), [('.mp4', 'av'), ('.png', 'PIL'), ('.gif', 'PIL')])
def test_what_is_missing_is_named_with_the_extra(tmp_path, monkeypatch, suffix, module):
    real_import = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition('.')[0] == module:
            raise ModuleNotFoundError(f'No module named {name!r}')
        return real_import(name, *args, **kwargs)

    modules = ('export.video', 'export.pictures', *(f'view.{m}' for m in PICTURE_MODULES))
    for name in modules:
        monkeypatch.delitem(sys.modules, f'facetalk_ros.{name}', raising=False)
        package, _, child = name.partition('.')
        parent = sys.modules[f'facetalk_ros.{package}']
        monkeypatch.delattr(parent, child, raising=False)
    monkeypatch.setattr(builtins, '__import__', without)
    with pytest.raises(ImportError, match=r"pip install 'facetalk_ros\[video\]'"):
        check_out(tmp_path / f'face{suffix}')
    check_out(tmp_path / 'face.csv')


def test_poses_between_frames_are_mixed_and_held_at_the_ends(nod):
    got = poses_at(nod, [-1.0, 0.0, 0.25 / 60, 1.0, 99.0])[:, JAW]
    jaw = nod.weights[:, JAW]
    assert got == pytest.approx([jaw[0], jaw[0], 0.75 * jaw[0] + 0.25 * jaw[1], jaw[60], jaw[-1]])
    one = Track(nod.times_s[5:6], nod.weights[5:6])
    assert poses_at(one, [0.0, 1.0])[:, JAW].tolist() == [jaw[5], jaw[5]]
