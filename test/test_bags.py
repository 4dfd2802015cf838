# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Replay of bags: written by ROS 2's recorder, damaged, without audio; the same bytes always."""

import hashlib
import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import StoragePlugin, Writer

from facetalk_ros.bag_input import known_types
from facetalk_ros.cli import main
from facetalk_ros.face import ARKIT_NAMES, lip_aperture

BAGS = Path(__file__).parent / 'data' / 'bags'
MCAP, SQLITE = BAGS / 'chunk_mcap', BAGS / 'audio_common_sqlite3'
NS = 1_000_000_000


def replay(bag, out, *args):
    return main(['replay', str(bag), '--out', str(out), *args])


def refused(capsys, bag, out, *args):
    assert replay(bag, out, *args) == 2
    err = capsys.readouterr().err
    assert err.count('\n') == 1, err
    assert not out.exists()
    return err


def content(path):
    """Return {topic: [(time, message)]} of a bag."""
    found = {}
    with AnyReader([path]) as reader:
        for connection, time_ns, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            found.setdefault(connection.topic, []).append((time_ns, message))
    return found


def stamp_ns(message):
    return message.header.stamp.sec * NS + message.header.stamp.nanosec


def digest(path):
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


@pytest.mark.parametrize('bag', [MCAP, SQLITE], ids=['mcap', 'sqlite3'])
def test_a_bag_of_ros_2_gets_its_face(bag, tmp_path, capsys):
    out = tmp_path / 'face.mcap'
    assert replay(bag, out) == 0
    captured = capsys.readouterr()
    assert captured.err == ''
    before, after = content(bag), content(out)
    for topic in before:  # the input is there unchanged
        assert [t for t, _ in before[topic]] == [t for t, _ in after[topic]]
    assert after['/blendshape_names'][0][1].names == list(ARKIT_NAMES)

    audio = [stamp_ns(m) for _, m in before['/audio']]
    poses = [m for _, m in after['/blendshapes']]
    stamps = np.array([stamp_ns(m) for m in poses])
    assert np.diff(stamps) == pytest.approx(NS / 60, abs=NS / 500)
    spoken = (stamps >= audio[0]) & (stamps <= audio[-1])
    assert spoken.sum() == pytest.approx((audio[-1] - audio[0]) / NS * 60, abs=2)
    apertures = lip_aperture(np.array([m.weights for m in poses]))
    assert apertures[spoken].max() > 0.15
    assert apertures[-10:].max() < 0.05
    speaking = [m.data for _, m in after['/is_speaking']]
    assert speaking[:2] == [False, True]
    assert speaking[-2:] == [True, False]
    assert all(a != b for a, b in itertools.pairwise(speaking))
    keys = [k for _, m in after['/key_motions'] for k in m.keys]
    assert any(k.from_text for k in keys)
    # a frame is not in the bag before its sound was
    times = np.array([t for t, _ in after['/blendshapes']])
    assert (times[spoken] - stamps[spoken]).min() > 0


@pytest.mark.parametrize('bag', [MCAP, SQLITE], ids=['mcap', 'sqlite3'])
@pytest.mark.parametrize('storage', ['file', 'mcap', 'sqlite3'])
def test_the_same_bag_gives_the_same_bytes(bag, storage, tmp_path):
    digests = []
    for folder in ('one', 'two'):
        (tmp_path / folder).mkdir()
        out = tmp_path / folder / ('face.mcap' if storage == 'file' else 'face')
        args = [] if storage == 'file' else ['--storage', storage]
        assert replay(bag, out, *args) == 0
        digests.append(digest(out))
    assert digests[0] == digests[1]


def test_seed_rate_and_parameters_change_it(tmp_path):
    params = tmp_path / 'p.yaml'
    params.write_text('talk:\n  ros__parameters:\n    strength: 0.5\n')
    variants = [[], ['--seed', '7'], ['--fps', '30'], ['--params-file', str(params)]]
    outs = []
    for i, args in enumerate(variants):
        out = tmp_path / f'{i}' / 'face.mcap'
        out.parent.mkdir()
        assert replay(MCAP, out, *args) == 0
        outs.append(out)
    assert len({digest(out)[0] for out in outs}) == len(variants)
    assert len(content(outs[2])['/blendshapes']) == pytest.approx(
        len(content(outs[0])['/blendshapes']) / 2, abs=2
    )


def test_a_bag_that_ends_in_the_middle_of_a_message(tmp_path, capsys):
    whole = next(MCAP.glob('*.mcap')).read_bytes()
    folder = tmp_path / 'killed'
    folder.mkdir()  # as a recorder leaves it: no metadata.yaml
    (folder / 'killed_0.mcap').write_bytes(whole[: len(whole) // 2])
    out = tmp_path / 'face.mcap'
    assert replay(folder, out) == 0
    err = capsys.readouterr().err
    assert 'before the break are used' in err
    assert err.count('\n') == 1
    n_whole, n_cut = len(content(MCAP)['/audio']), len(content(out)['/audio'])
    assert n_whole * 0.3 < n_cut < n_whole * 0.7
    assert content(out)['/blendshapes']


@pytest.mark.parametrize('keep', [9, 100, 1000])
def test_a_bag_with_nothing_left_in_it(keep, tmp_path, capsys):
    path = tmp_path / 'stub.mcap'
    path.write_bytes(next(MCAP.glob('*.mcap')).read_bytes()[:keep])
    assert 'stub.mcap' in refused(capsys, path, tmp_path / 'face.mcap')


def test_a_damaged_database_is_used_as_far_as_it_goes(tmp_path, capsys):
    folder = tmp_path / 'damaged'
    shutil.copytree(SQLITE, folder)
    file = next(folder.glob('*.db3'))
    data = file.read_bytes()
    file.write_bytes(data[: len(data) * 2 // 3])
    out = tmp_path / 'face.mcap'
    code = replay(folder, out)
    err = capsys.readouterr().err
    assert err.count('\n') == 1
    assert 'damaged' in err
    # depending on which page is lost there is something to use, or not
    assert (code == 0) == out.exists()


def test_what_is_no_bag_is_refused(tmp_path, capsys):
    out = tmp_path / 'face.mcap'
    assert 'no such bag' in refused(capsys, tmp_path / 'none', out)
    empty = tmp_path / 'empty'
    empty.mkdir()
    assert 'not a bag' in refused(capsys, empty, out)
    for name in ('text.mcap', 'text.db3', 'text.txt'):
        (tmp_path / name).write_text('this is not a bag')
        assert name in refused(capsys, tmp_path / name, out)
    broken = tmp_path / 'broken'
    broken.mkdir()
    (broken / 'metadata.yaml').write_text('rosbag2_bagfile_information: [1, 2')
    assert 'broken' in refused(capsys, broken, out)


def write_bag(path, topics, storage=StoragePlugin.MCAP):
    """Write messages, (topic, type name, fields)."""
    store = known_types()
    with Writer(path, version=8, storage_plugin=storage) as writer:
        connections = {}
        for i, (topic, kind, message) in enumerate(topics):
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=store)
            data = message(store) if callable(message) else message
            writer.write(connections[topic], NS * 100 + i * 20_000_000, data)
    return path


def string(text):
    return lambda store: store.serialize_cdr(
        store.types['std_msgs/msg/String'](data=text), 'std_msgs/msg/String'
    )


def audio_chunk(samples, encoding='S16LE'):
    def make(store):
        types = store.types
        header = types['std_msgs/msg/Header'](
            stamp=types['builtin_interfaces/msg/Time'](sec=0, nanosec=0), frame_id=''
        )
        data = (np.asarray(samples) * 32767).astype('<i2').view(np.uint8)
        message = types['facetalk_ros/msg/AudioChunk'](
            header=header, sample_rate=16_000, channels=1, encoding=encoding, data=data
        )
        return store.serialize_cdr(message, 'facetalk_ros/msg/AudioChunk')

    return make


def test_a_bag_without_audio_is_refused(tmp_path, capsys):
    bag = write_bag(tmp_path / 'bag', [('/text', 'std_msgs/msg/String', string('hello'))])
    err = refused(capsys, bag, tmp_path / 'face.mcap')
    assert 'no audio' in err
    assert 'std_msgs/msg/String' in err


def test_bad_messages_are_counted_and_left_out(tmp_path, capsys):
    kind = 'facetalk_ros/msg/AudioChunk'
    quiet = np.zeros(320)
    good = [('/audio', kind, audio_chunk(quiet)) for _ in range(20)]
    bad = [('/audio', kind, audio_chunk(quiet, 'MP3')), ('/audio', kind, b'\0\1\0\0cut')]
    bag = write_bag(tmp_path / 'bag', [*good[:10], *bad, *good[10:]], StoragePlugin.SQLITE3)
    assert replay(bag, tmp_path / 'face.mcap') == 0
    out, err = capsys.readouterr()
    assert 'bad messages  2' in out
    assert 'MP3' in err
    only_bad = write_bag(tmp_path / 'bad', bad)
    assert 'can be used' in refused(capsys, only_bad, tmp_path / 'none.mcap')


def test_several_topics_with_audio_ask_for_one(tmp_path, capsys):
    kind = 'facetalk_ros/msg/AudioChunk'
    topics = [(t, kind, audio_chunk(np.zeros(320))) for t in ('/left', '/right')] * 10
    bag = write_bag(tmp_path / 'bag', topics)
    out = tmp_path / 'face.mcap'
    assert '/left, /right' in refused(capsys, bag, out)
    assert '/left, /right' in refused(capsys, bag, out, '--audio-topic', 'middle')
    assert replay(bag, out, '--audio-topic', 'left') == 0
    assert set(content(out)) >= {'/left', '/blendshapes'}
    assert '/right' not in content(out)


def test_what_is_there_is_not_overwritten_but_a_file_is(tmp_path, capsys):
    folder = tmp_path / 'there'
    folder.mkdir()
    assert replay(MCAP, folder) == 2
    assert 'exists already' in capsys.readouterr().err
    assert 'no such folder' in refused(capsys, MCAP, tmp_path / 'no' / 'face.mcap')
    out = tmp_path / 'face.mcap'
    assert replay(MCAP, out) == 0
    assert replay(MCAP, out) == 0
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith('.')] == []


def test_the_output_can_be_replayed_again(tmp_path):
    first, second = tmp_path / 'a.mcap', tmp_path / 'b.mcap'
    assert replay(MCAP, first) == 0
    assert replay(first, second) == 0
    one, two = content(first)['/blendshapes'], content(second)['/blendshapes']
    assert len(one) == len(two)
    for (_, a), (_, b) in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.weights, b.weights)
