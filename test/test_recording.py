# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Reading back what was recorded: bags of ROS 2, of replay and of other robots, and tables."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin, Writer

from facetalk_ros.audio.files import read_audio
from facetalk_ros.bag_input import known_types
from facetalk_ros.bags import replay
from facetalk_ros.cli import main
from facetalk_ros.export import Track, write_frames
from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.motion.keys import KeyKind
from facetalk_ros.presentation import Presenter
from facetalk_ros.recording import RecordingError, read_recording
from facetalk_ros.stream import FaceStream

DATA = Path(__file__).parent / 'data'
MCAP, SQLITE = DATA / 'bags' / 'chunk_mcap', DATA / 'bags' / 'audio_common_sqlite3'
NS = 1_000_000_000
START_NS = 1_700_000_000 * NS
STORE = known_types()


def message(type_name, /, **fields):
    return STORE.types[type_name](**fields)


def stamp(time_s):
    sec, nanosec = divmod(START_NS + round(time_s * NS), NS)
    return message('builtin_interfaces/msg/Time', sec=sec, nanosec=nanosec)


def no_stamp():
    return message('builtin_interfaces/msg/Time', sec=0, nanosec=0)


def header(time_s):
    at = no_stamp() if time_s is None else stamp(time_s)
    return message('std_msgs/msg/Header', stamp=at, frame_id='')


def face(time_s, jaw=0.5, n=52):
    weights = np.zeros(n, np.float32)
    weights[ARKIT_INDEX['jawOpen']] = jaw
    return message('facetalk_ros/msg/Blendshapes', header=header(time_s), weights=weights)


def names(order):
    return message('facetalk_ros/msg/BlendshapeNames', header=header(0), names=list(order))


def key(time_s, phone='AA', word='ah', kind=1):
    motion = message(
        'facetalk_ros/msg/KeyMotion', time=stamp(time_s), kind=kind, phone=phone, from_text=True,
        word=word, weights=np.zeros(52, np.float32),
    )  # fmt: skip
    return message(
        'facetalk_ros/msg/KeyMotions', header=header(time_s), utterance_id='', keys=[motion]
    )


def chunk(time_s, value=1000, n=160):
    data = np.full(n, value, '<i2').view(np.uint8)
    return message(
        'facetalk_ros/msg/AudioChunk', header=header(time_s), sample_rate=16000, channels=1,
        encoding='S16LE', data=data,
    )  # fmt: skip


def trajectory(time_s, positions, velocities=()):
    duration = STORE.types['builtin_interfaces/msg/Duration']
    none = np.zeros(0)
    points = [
        message(
            'trajectory_msgs/msg/JointTrajectoryPoint', positions=np.array(row, float),
            velocities=np.array(velocities[i], float) if velocities else none,
            accelerations=none, effort=none,
            time_from_start=duration(sec=0, nanosec=i * NS // 10),
        )
        for i, row in enumerate(positions)
    ]  # fmt: skip
    return message(
        'trajectory_msgs/msg/JointTrajectory', header=header(time_s),
        joint_names=['jaw', 'brow'], points=points,
    )  # fmt: skip


def joint_state(time_s, position, effort=()):
    return message(
        'sensor_msgs/msg/JointState', header=header(time_s), name=['jaw', 'brow'],
        position=np.array(position, float), velocity=np.zeros(0), effort=np.array(effort, float),
    )  # fmt: skip


def write_bag(path, messages, plugin=StoragePlugin.MCAP):
    """Write (topic, received_s, message) as a bag."""
    with Writer(path, version=8, storage_plugin=plugin) as writer:
        connections = {}
        for topic, received_s, content in messages:
            if topic not in connections:
                connections[topic] = writer.add_connection(
                    topic, content.__msgtype__, typestore=STORE
                )
            data = STORE.serialize_cdr(content, content.__msgtype__)
            writer.write(connections[topic], START_NS + round(received_s * NS), data)
    return path


@pytest.fixture(scope='session')
def replayed(tmp_path_factory):
    out = tmp_path_factory.mktemp('replayed') / 'face.mcap'
    replay(MCAP, out, Presenter(FaceStream(), ahead_s=0.1))
    return out


def test_a_bag_of_a_replay(replayed):
    found = read_recording(replayed)
    assert found.warnings == []
    assert len(found.frame_times_s) == len(found.weights) > 200
    assert np.diff(found.frame_times_s) == pytest.approx(1 / 60, abs=0.002)
    assert found.weights.dtype == np.float32
    assert found.weights[:, ARKIT_INDEX['jawOpen']].max() > 0.1
    # what the look-ahead and the chunks cost
    delays_s = found.frame_received_s - found.frame_times_s
    assert 0.0 < np.median(delays_s) < 0.2
    times_s = [k.time_s for k in found.keys]
    assert times_s == sorted(times_s)
    assert {k.kind for k in found.keys} == set(KeyKind)
    assert next(k.phone for k in found.keys if k.from_text and k.phone != 'SIL') == 'HH'
    words = list(dict.fromkeys(k.word for k in found.keys if k.word))
    assert [w.lower().strip('.') for w in words] == [
        'he', 'might', 'even', 'have', 'been', 'made', 'amiable', 'himself',
    ]  # fmt: skip
    assert [t.text for t in found.text] == [(DATA / 'amiable.txt').read_text().strip()]
    assert found.audio_topic == '/audio'
    (block,) = found.audio
    spoken, _ = read_audio(DATA / 'amiable.opus')
    assert block.start_s == 0.0
    assert block.pcm.duration_s == pytest.approx(spoken.duration_s, abs=0.021)
    np.testing.assert_allclose(block.pcm.samples[:10000], spoken.samples[:10000], atol=1e-4)


@pytest.mark.parametrize('bag', [MCAP, SQLITE], ids=['mcap', 'sqlite3'])
def test_a_bag_without_a_face(bag):
    found = read_recording(bag)
    assert found.warnings == []
    assert len(found.frame_times_s) == len(found.keys) == 0
    assert found.weights.shape == (0, 52)
    assert found.audio[0].start_s == 0.0
    assert found.audio[-1].end_s > 3.0
    assert len(found.text) == 1
    assert not found.joint_states
    assert not found.joint_trajectories


def test_every_file_that_animate_writes_tells_the_same(tmp_path, capsys):
    outs = [tmp_path / f'face{end}' for end in ('.mcap', '.csv', '.json', '.livelink.csv')]
    args = [arg for out in outs for arg in ('--out', str(out))]
    text = (DATA / 'amiable.txt').read_text()
    assert main(['animate', str(DATA / 'amiable.opus'), '--text', text, *args]) == 0
    capsys.readouterr()
    bag, table, json, livelink = (read_recording(out) for out in outs)
    assert bag.audio_topic == '/audio_out'
    assert bag.start_ns == NS
    assert len(bag.frame_times_s) > 200
    for other in (table, json, livelink):
        assert other.start_ns == 0
        np.testing.assert_allclose(other.frame_times_s, bag.frame_times_s, atol=2e-5)
        np.testing.assert_array_equal(other.frame_received_s, other.frame_times_s)
        np.testing.assert_allclose(other.weights, bag.weights, atol=1e-6)
        assert len(other.audio) == len(other.text) == 0
    assert len(json.keys) == len(bag.keys) > 40
    for a, b in zip(json.keys, bag.keys, strict=True):
        assert (a.kind, a.phone, a.word, a.from_text) == (b.kind, b.phone, b.word, b.from_text)
        assert a.time_s == pytest.approx(b.time_s, abs=2e-6)
        np.testing.assert_allclose(a.weights, b.weights, atol=1e-6)


@pytest.mark.shared
def test_a_take_of_the_live_link_face_app():
    take = Path(__file__).parents[2] / 'shared' / 'data' / 'av' / 'livelink' / 'alex_rom_4.csv'
    if not take.is_file():
        pytest.skip('needs ../shared')
    found = read_recording(take)  # though its name does not end in .livelink.csv
    assert found.weights.shape == (3809, 52)
    assert found.frame_times_s[0] == 0.0
    assert np.median(np.diff(found.frame_times_s)) == pytest.approx(1 / 30, abs=1e-4)
    assert found.frame_times_s[-1] == pytest.approx(126.9826, abs=1e-3)


def test_joints_and_trajectories(tmp_path):
    bag = write_bag(tmp_path / 'bag', [
        ('/blendshapes', 0.0, face(0.1)),
        ('/jaw/joint_trajectory', 0.2, trajectory(0.3, [[0, 1], [2, 3]], [[0, 0], [5, 6]])),
        ('/jaw/joint_trajectory', 0.4, trajectory(None, [[4, 5]])),
        ('/joint_states', 0.5, joint_state(0.5, [0.1, 0.2], [1.0, 2.0])),
        ('/joint_states', 0.6, joint_state(None, [0.3, 0.4])),
    ])  # fmt: skip
    found = read_recording(bag)
    assert found.start_ns == START_NS + NS // 10
    stamped, at_once = found.joint_trajectories['/jaw/joint_trajectory']
    assert (stamped.received_s, stamped.start_s) == pytest.approx((0.1, 0.2))
    assert stamped.joint_names == ('jaw', 'brow')
    np.testing.assert_allclose(stamped.times_s, [0.2, 0.3])
    np.testing.assert_array_equal(stamped.positions, [[0, 1], [2, 3]])
    np.testing.assert_array_equal(stamped.velocities, [[0, 0], [5, 6]])
    assert at_once.start_s == at_once.received_s == pytest.approx(0.3)
    assert np.isnan(at_once.velocities).all()
    brow = found.joint_states['brow']
    np.testing.assert_allclose(brow.times_s, [0.4, 0.5])
    np.testing.assert_allclose(brow.positions, [0.2, 0.4])
    np.testing.assert_array_equal(brow.efforts, [2.0, np.nan])


def test_the_head(tmp_path):
    def turned(time_s, yaw):
        q = message('geometry_msgs/msg/Quaternion', x=0.0, y=0.0, z=np.sin(yaw / 2),
                    w=np.cos(yaw / 2))  # fmt: skip
        return message('geometry_msgs/msg/QuaternionStamped', header=header(time_s), quaternion=q)

    nothing = message('geometry_msgs/msg/Quaternion', x=0.0, y=0.0, z=0.0, w=0.0)
    bad = message('geometry_msgs/msg/QuaternionStamped', header=header(0.5), quaternion=nothing)
    found = read_recording(write_bag(tmp_path / 'bag', [
        ('/blendshapes', 0.1, face(0.1)), ('/head_pose', 0.1, turned(0.4, 0.2)),
        ('/head_pose', 0.2, turned(0.2, -0.1)), ('/head_pose', 0.3, bad),
    ]))  # fmt: skip
    np.testing.assert_allclose(found.head.times_s, [0.1, 0.3])
    np.testing.assert_allclose(found.head.roll_pitch_yaw, [[0, 0, -0.1], [0, 0, 0.2]], atol=1e-9)
    assert found.head.at(0.05) == (0.0, 0.0, 0.0)
    assert found.head.at(0.29)[2] == pytest.approx(-0.1)
    assert found.head.at(9.0)[2] == pytest.approx(0.2)
    assert any('1 messages on /head_pose' in warning for warning in found.warnings)


def test_sound_as_heard_wins_over_sound_as_sent_and_holes_stay_holes(tmp_path):
    heard = [('/audio_out', t, chunk(t, 2000)) for t in (0.5, 0.51, 1.5)]
    sent = [('/audio', t, chunk(t)) for t in (0.1, 0.11)]
    found = read_recording(write_bag(tmp_path / 'both', [*sent, *heard]))
    assert found.audio_topic == '/audio_out'
    assert [b.start_s for b in found.audio] == pytest.approx([0.0, 1.0], abs=1e-6)
    assert [len(b.pcm.samples) for b in found.audio] == [320, 160]
    assert found.start_ns == START_NS + NS // 2
    # chunks without stamps follow each other from when the first came
    unstamped = [('/audio', 0.2 + i / 1000, chunk(None)) for i in range(3)]
    found = read_recording(write_bag(tmp_path / 'unstamped', unstamped))
    (block,) = found.audio
    assert len(block.pcm.samples) == 480
    assert found.start_ns == START_NS + NS // 5


def test_robots_in_namespaces(tmp_path):
    def robot(space, jaw):
        return [
            (f'{space}/blendshapes', 0.0, face(0.0, jaw)),
            (f'{space}/key_motions', 0.0, key(0.0, word=space)),
            (f'{space}/neck/joint_trajectory', 0.0, trajectory(0.0, [[jaw, 0]])),
        ]

    one = write_bag(tmp_path / 'one', [*robot('/robot1', 0.1), ('/mic', 0.0, chunk(0.0))])
    found = read_recording(one)
    assert found.weights[0, ARKIT_INDEX['jawOpen']] == np.float32(0.1)
    assert found.audio_topic == '/mic'
    assert read_recording(one, namespace='robot1').keys[0].word == '/robot1'

    two = write_bag(tmp_path / 'two', [*robot('/robot1', 0.1), *robot('/lab/robot2', 0.2)])
    with pytest.raises(RecordingError, match=r'several faces.*/lab/robot2, /robot1'):
        read_recording(two)
    found = read_recording(two, namespace='/lab/robot2/')
    assert found.weights[0, ARKIT_INDEX['jawOpen']] == np.float32(0.2)
    assert [k.word for k in found.keys] == ['/lab/robot2']
    assert list(found.joint_trajectories) == ['/lab/robot2/neck/joint_trajectory']
    with pytest.raises(
        RecordingError, match="no namespace '/robot3'; it has /lab/robot2, /robot1"
    ):
        read_recording(two, namespace='/robot3')

    mixed = write_bag(tmp_path / 'mixed', [*robot('', 0.3), *robot('/robot1', 0.1)])
    found = read_recording(mixed, namespace='/')
    assert found.weights[0, ARKIT_INDEX['jawOpen']] == np.float32(0.3)
    assert [k.word for k in found.keys] == ['']
    assert list(found.joint_trajectories) == ['/neck/joint_trajectory']


def test_faces_that_are_told_apart_by_nothing(tmp_path):
    bag = write_bag(tmp_path / 'bag', [('/a', 0, face(0)), ('/b', 0, face(0))])
    with pytest.raises(RecordingError, match='several other topics that could be it: /a, /b'):
        read_recording(bag)
    # sound that cannot be told apart is left out, with a word about it
    bag = write_bag(tmp_path / 'mics', [
        ('/blendshapes', 0, face(0)), ('/left', 0, chunk(0)), ('/right', 0, chunk(0))
    ])  # fmt: skip
    found = read_recording(bag)
    assert len(found.audio) == 0
    assert len(found.frame_times_s) == 1
    assert any('/left, /right' in w for w in found.warnings)
    # an overlay is no face
    bag = write_bag(
        tmp_path / 'overlay', [('/f', 0, face(0)), ('/blendshapes_overlay', 0, face(1))]
    )
    assert len(read_recording(bag).frame_times_s) == 1


def test_weights_in_another_order(tmp_path):
    order = [*reversed(ARKIT_NAMES), 'earWiggle']
    other = face(0.0, n=53)
    other.weights[:] = np.arange(53)
    bag = write_bag(tmp_path / 'bag', [
        ('/blendshape_names', 0, names(order)), ('/blendshapes', 0, other)
    ])  # fmt: skip
    np.testing.assert_array_equal(read_recording(bag).weights[0], np.arange(51, -1, -1))


def test_bad_messages_are_left_out_and_counted(tmp_path):
    bad = face(0.2)
    bad.weights[3] = np.nan
    bag = write_bag(tmp_path / 'bag', [
        ('/blendshapes', 0.0, face(0.3)), ('/blendshapes', 0.1, face(0.1)),
        ('/blendshapes', 0.2, bad), ('/blendshapes', 0.3, face(0.3, n=20)),
        ('/key_motions', 0.3, key(0.3, kind=9)),
        ('/joint_states', 0.3, joint_state(0.1, [1.0])),
    ])  # fmt: skip
    found = read_recording(bag)
    # ascending, though they came the other way round
    np.testing.assert_allclose(found.frame_times_s, [0.0, 0.2])
    np.testing.assert_allclose(found.frame_received_s, [0.0, -0.1])
    warnings = '\n'.join(found.warnings)
    assert '2 messages on /blendshapes' in warnings
    assert '1 messages on /key_motions' in warnings
    assert '1 messages on /joint_states' in warnings


def test_a_bag_that_was_cut_off(replayed, tmp_path):
    cut = tmp_path / 'cut.mcap'
    content = replayed.read_bytes()
    cut.write_bytes(content[: len(content) * 3 // 4])
    found = read_recording(cut)
    assert any('has no end' in warning for warning in found.warnings)
    whole = read_recording(replayed)
    n = len(found.frame_times_s)
    assert 10 < n <= len(whole.frame_times_s)
    np.testing.assert_array_equal(found.weights, whole.weights[:n])


@pytest.mark.parametrize('plugin', [StoragePlugin.MCAP, StoragePlugin.SQLITE3])
def test_a_bag_with_nothing_for_us(plugin, tmp_path):
    text = message('std_msgs/msg/String', data='hello')
    bag = write_bag(tmp_path / 'bag', [('/chatter', 0.0, text)], plugin)
    found = read_recording(bag)
    assert len(found.frame_times_s) == len(found.text) == len(found.audio) == 0
    assert found.start_ns == 0


def test_a_single_db3_file(tmp_path):
    shutil.copy(next(SQLITE.glob('*.db3')), tmp_path / 'alone.db3')
    assert read_recording(tmp_path / 'alone.db3').text


def test_what_is_no_recording(tmp_path):
    (tmp_path / 'empty').mkdir()
    cases = {
        'missing.mcap': 'no such',
        'missing.csv': 'no such',
        'face.wav': 'not a recording',
        'empty': 'not a bag',
    }
    for name, reason in cases.items():
        with pytest.raises(RecordingError, match=reason) as raised:
            read_recording(tmp_path / name)
        assert str(tmp_path / name) in str(raised.value)
    contents = {
        'a.csv': 'x,y\n1,2\n',
        'b.csv': 'Timecode,BlendShapeCount,JawOpen\nnoon,1,0.5\n',
        'c.json': '[1, 2',
        'd.json': '{"names": ["jawOpen"], "frames": [{"time_s": 0, "weights": [1, 2]}]}',
        'e.json': '{"names": ["jaw"], "frames": []}',
        'f.json': '[]',
        'g.json': '{"names": ["jawOpen"], "frames": [{"time_s": 0, "weights": [1]}], '
        '"keys": [{"time_s": 0, "kind": 7, "phone": "", "from_text": true, "weights": [1]}]}',
        'h.mcap': 'no bag',
        'i.json': '{"names": ["jawOpen", "jawOpen"], "frames": []}',
        'j.json': '{"frames": []}',
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(RecordingError, match=name):
            read_recording(tmp_path / name)


def test_a_table_has_no_namespaces(tmp_path, replayed):
    found = read_recording(replayed)
    write_frames(tmp_path / 'face.csv', Track(found.frame_times_s, found.weights))
    with pytest.raises(RecordingError, match='only a bag has namespaces'):
        read_recording(tmp_path / 'face.csv', namespace='/robot1')


def test_damage_is_told_in_one_line_or_read_over(replayed, tmp_path):
    random = np.random.default_rng(3)
    table = tmp_path / 'face.json'
    found = read_recording(replayed)
    write_frames(table, Track(found.frame_times_s, found.weights), keys=found.keys)
    sqlite = next(SQLITE.glob('*.db3'))
    told = []
    for source in (replayed, table, sqlite) * 4:
        damaged = bytearray(source.read_bytes())
        for at in random.integers(len(damaged), size=random.choice([1, 5, 100])):
            damaged[at] = random.integers(256)
        path = tmp_path / f'damaged{source.suffix}'
        path.write_bytes(damaged)
        try:
            read_recording(path)
        except RecordingError as error:
            told.append(str(error))
        else:
            told.append(str(path))
    # any other exception has ended the test
    assert all(str(path.parent) in text and '\n' not in text for text in told)
