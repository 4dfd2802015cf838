# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The talk node in another process, over real DDS."""

import signal
import time

import numpy as np
import pytest
from conftest import LATCHED, NS, RATE, chunk

from facetalk_ros.face import ARKIT_NAMES
from facetalk_ros.ros.messages import as_sequence, get_message
from facetalk_ros.ros.qos import QoSProfile

AUDIO_CHUNK = 'facetalk_ros/msg/AudioChunk'


def test_from_the_first_transition_to_the_last(start_talk, speech):
    talk = start_talk()
    assert talk.state() == 'unconfigured'
    assert talk.change_state('configure')
    talk.spin(0.3)
    assert not talk.shown
    assert talk.change_state('activate')

    # at rest the face lives
    talk.until(lambda: len(talk.shown) > 60)
    assert np.diff(talk.stamps) == pytest.approx(NS / 60, abs=2)
    assert talk.apertures.max() < 0.05
    assert talk.speaking == [False]

    # it speaks in time with the sound
    text = talk.talk_publisher('std_msgs/msg/String', 'text')
    text.publish(get_message('std_msgs/msg/String')(data='He might even have been made amiable.'))
    audio = talk.talk_publisher(AUDIO_CHUNK, 'audio')
    began_ns = talk.play(audio, chunk, speech)
    talk.until(lambda: talk.stamps[-1] > began_ns + 45 * NS // 10)
    assert np.all(np.diff(talk.stamps) > 0)
    # a busy machine may be late once or twice: then there is a seam in the grid, no more
    off_grid = np.abs(np.diff(talk.stamps) - NS / 60) > NS / 200
    assert off_grid.mean() < 0.03
    spoken = (talk.stamps > began_ns) & (talk.stamps < began_ns + 3 * NS)
    assert spoken.sum() == pytest.approx(180, abs=10)
    assert talk.apertures[spoken].max() > 0.15
    assert talk.apertures[talk.stamps > began_ns + 4 * NS].max() < 0.05
    assert talk.speaking == [False, True, False]
    keys = [key for message in talk.keys for key in message.keys]
    assert any(key.from_text for key in keys)
    assert {key.word for key in keys} & {'might', 'even', 'made', 'amiable'}
    assert {'M', 'B'} <= {key.phone for key in keys}
    times = np.array([key.time.sec * NS + key.time.nanosec for key in keys])
    assert times.min() > began_ns - NS
    assert times.max() < began_ns + 4 * NS

    # who comes late learns the names
    names = []
    talk.listen('facetalk_ros/msg/BlendshapeNames', 'blendshape_names', names.append, LATCHED)
    talk.until(lambda: names)
    assert tuple(names[0].names) == ARKIT_NAMES

    talk.until(lambda: talk.status.get('state') == 'active')
    assert float(talk.status['real-time factor']) > 0
    assert float(talk.status['latency p50 [ms]']) > 0
    assert talk.status['audio type'] == AUDIO_CHUNK

    # deactivated in the middle of a word it comes to rest, and is silent
    talk.play(audio, chunk, speech[: RATE // 2])
    assert talk.change_state('deactivate')
    talk.spin(0.3)
    count = len(talk.shown)
    assert talk.apertures[-1] < 0.02
    assert talk.speaking[-1] is False
    talk.spin(0.3)
    assert len(talk.shown) == count

    assert talk.change_state('activate')
    talk.until(lambda: len(talk.shown) > count + 30)
    assert talk.change_state('shutdown')
    assert talk.state() == 'finalized'


def test_parameters_act_while_it_speaks(start_talk, speech):
    talk = start_talk('joint_state_copy:=true')
    talk.activate()
    copies = []
    talk.listen('sensor_msgs/msg/JointState', 'blendshapes_joint_state', copies.append, 50)
    description = talk.call(
        'rcl_interfaces/srv/DescribeParameters',
        'talk/describe_parameters',
        names=['strength', 'fps', 'gain.jawOpen'],
    ).descriptors
    assert description[0].floating_point_range[0].to_value == 2.0
    assert description[1].read_only
    assert '[Hz]' in description[1].description

    refused = talk.set_parameter('strength', 5.0)
    assert not refused.successful
    assert refused.reason
    assert not talk.set_parameter('fps', 30.0).successful
    assert talk.set_parameter('lower_face_strength', 0.0).successful

    audio = talk.talk_publisher(AUDIO_CHUNK, 'audio')
    talk.spin(0.5)
    began_ns = talk.play(audio, chunk, speech[:RATE])
    talk.spin(0.3)
    assert talk.apertures[talk.stamps > began_ns].max() < 0.05
    assert talk.set_parameter('lower_face_strength', 1.5).successful
    talk.spin(0.5)
    began_ns = talk.play(audio, chunk, speech[:RATE])
    talk.spin(0.3)
    assert talk.apertures[talk.stamps > began_ns].max() > 0.15
    assert list(copies[-1].name) == list(ARKIT_NAMES)
    by_stamp = {stamp: weights for _, stamp, weights in talk.shown}
    shared = [c for c in copies if c.header.stamp.sec * NS + c.header.stamp.nanosec in by_stamp]
    assert len(shared) > 100
    stamp = shared[-1].header.stamp
    weights = by_stamp[stamp.sec * NS + stamp.nanosec]
    np.testing.assert_allclose(shared[-1].position, weights, atol=1e-7)


def test_reset_and_enable(start_talk, speech):
    talk = start_talk()
    talk.activate()
    audio = talk.talk_publisher(AUDIO_CHUNK, 'audio')
    talk.burst(audio, speech)
    talk.until(lambda: talk.speaking[-1:] == [True])
    talk.spin(0.7)  # all of it has arrived, and most is still to be spoken
    answer = talk.call('std_srvs/srv/Trigger', 'talk/reset')
    assert answer.success
    talk.spin(0.6)
    settled = len(talk.shown)
    talk.spin(1.0)
    assert talk.apertures[settled:].max() < 0.05
    assert talk.speaking[-1] is False
    assert np.all(np.diff(talk.stamps) > 0)

    assert talk.call('std_srvs/srv/SetBool', 'talk/enable', data=False).success
    talk.burst(audio, speech)
    talk.spin(1.0)
    assert talk.apertures[settled:].max() < 0.05
    assert talk.call('std_srvs/srv/SetBool', 'talk/enable', data=True).success
    talk.burst(audio, speech)
    talk.until(lambda: talk.apertures[-1] > 0.1)


def test_a_reset_also_drops_what_is_still_on_its_way(start_talk, speech):
    talk = start_talk()
    talk.activate()
    audio = talk.talk_publisher(AUDIO_CHUNK, 'audio')
    began_ns = time.time_ns() + NS // 2  # the stamps do not tell that it was sent before
    for at in range(0, len(speech), 2048):
        audio.publish(chunk(speech[at : at + 2048], began_ns + at * NS // RATE))
    talk.call('std_srvs/srv/Trigger', 'talk/reset')
    before = len(talk.shown)
    talk.until(lambda: talk.stamps[-1] > began_ns + 4 * NS)
    assert talk.apertures[before:].max() < 0.05
    talk.until(lambda: talk.status.get('resets') == '1')
    talk.play(audio, chunk, speech[:RATE])  # what is sent after it is spoken
    talk.until(lambda: talk.apertures[-1] > 0.1)


def test_what_others_add_to_the_face(start_talk):
    talk = start_talk()
    talk.activate()
    overlay = talk.talk_publisher('facetalk_ros/msg/Blendshapes', 'blendshapes_overlay')
    kind = get_message('facetalk_ros/msg/Blendshapes')
    smile = ARKIT_NAMES.index('mouthSmileLeft')
    weights = np.zeros(52, np.float32)
    weights[smile] = 0.7
    overlay.publish(kind(weights=as_sequence(weights)))
    talk.until(lambda: talk.shown[-1][2][smile] > 0.65)
    talk.until(lambda: talk.shown[-1][2][smile] < 0.1)  # it was not repeated
    for wrong in (weights[1:], weights * 2, weights * np.nan):
        overlay.publish(kind(weights=as_sequence(wrong)))
    talk.until(lambda: talk.status.get('bad overlay messages') == '3')


def test_two_robots_on_one_graph(start_talk, speech):
    one, other = (start_talk(namespace=f'/{name}') for name in ('one', 'other'))
    for talk in (one, other):
        talk.activate()
    audio = one.talk_publisher(AUDIO_CHUNK, 'audio')
    one.play(audio, chunk, speech[:RATE])
    one.until(lambda: one.apertures.max() > 0.15)
    other.until(lambda: other.stamps[-1] > one.stamps[-1])
    assert other.apertures.max() < 0.05
    assert other.speaking == [False]
    one.call('std_srvs/srv/Trigger', 'talk/reset')
    one.until(lambda: one.status.get('resets') == '1')
    other.until(lambda: other.status.get('resets') == '0')


def test_quality_of_service_is_a_parameter(start_talk):
    talk = start_talk(
        'qos_overrides./audio.subscription.reliability:=reliable',
        'qos_overrides./blendshapes.publisher.depth:=3',
        'qos_overrides./text.subscription.history:=forever',
    )
    assert talk.change_state('configure')
    assert not talk.change_state('activate')  # a FAILURE that says why
    assert talk.state() == 'inactive'
    talk.until(lambda: talk.level == 2)
    assert 'forever' in talk.message
    assert not talk.get_subscriptions_info_by_topic('/audio')
    names = ['qos_overrides./audio.subscription.reliability',
             'qos_overrides./blendshapes.publisher.depth']  # fmt: skip
    values = talk.call('rcl_interfaces/srv/GetParameters', 'talk/get_parameters', names=names)
    assert values.values[0].string_value == 'reliable'
    assert values.values[1].integer_value == 3


def ros_drivers(samples, stamp_ns):
    message = get_message('audio_common_msgs/msg/AudioDataStamped')()
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, NS)
    message.audio.data = as_sequence((samples * 32767).astype('<i2').view(np.uint8))
    return message


def mgonzs13(samples, stamp_ns):
    message = get_message('audio_common_msgs/msg/AudioStamped')()
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, NS)
    message.audio.audio_data.float32_data = as_sequence(samples)
    message.audio.info.format, message.audio.info.channels = 1, 1
    message.audio.info.rate, message.audio.info.chunk = RATE, len(samples)
    return message


@pytest.mark.parametrize(
    ('kind', 'make'),
    [
        ('audio_common_msgs/msg/AudioDataStamped', ros_drivers),
        ('audio_common_msgs/msg/AudioStamped', mgonzs13),
    ],
)
def test_it_finds_out_the_type_of_the_audio_and_holds_it_back(start_talk, speech, kind, make):
    try:
        get_message(kind)
    except ModuleNotFoundError as error:  # with ROS 2 there is only what is built
        pytest.skip(str(error))
    talk = start_talk('publish_audio_out:=true', 'hold_back_s:=0.3')
    talk.activate()
    if kind.endswith('AudioDataStamped'):
        info = get_message('audio_common_msgs/msg/AudioInfo')(
            channels=1, sample_rate=RATE, sample_format='S16LE', coding_format='wave'
        )
        talk.create_publisher(type(info), 'audio_info', LATCHED).publish(info)
    heard = []
    talk.listen(kind, 'audio_out', heard.append, QoSProfile(depth=200))
    audio = talk.talk_publisher(kind, 'audio')  # comes back when the node has subscribed to it
    talk.until(lambda: talk.count_publishers('/audio_out'))
    talk.spin(0.3)
    began_ns = talk.play(audio, make, speech[: RATE * 3 // 2])
    talk.spin(0.6)
    spoken = talk.stamps > began_ns
    assert talk.apertures[spoken].max() > 0.15
    assert len(heard) > 70
    stamps = [m.header.stamp for m in heard]
    times = np.array([s.sec * NS + s.nanosec for s in stamps])
    assert np.diff(times) == pytest.approx(20_000_000, abs=1000)
    # one time axis: the first chunk is to be heard hold_back_s after it was stamped
    late = (times - (began_ns + 300_000_000)) / 20_000_000
    assert np.abs(late - np.round(late)).max() < 1e-3


def test_bad_messages_are_counted_and_do_not_stop_it(start_talk, speech):
    talk = start_talk()
    talk.activate()
    audio = talk.talk_publisher(AUDIO_CHUNK, 'audio')
    text = talk.talk_publisher('std_msgs/msg/String', 'text')
    for bad in (
        chunk(speech[:320], 0, encoding='MP3'),
        get_message(AUDIO_CHUNK)(sample_rate=5, channels=1, encoding='S16LE', data=b'abcd'),
        get_message(AUDIO_CHUNK)(sample_rate=RATE, channels=0, encoding='S16LE', data=b'abcd'),
        get_message(AUDIO_CHUNK)(sample_rate=RATE, channels=1, encoding='S16LE', data=b'abc'),
    ):
        audio.publish(bad)
    text.publish(get_message('std_msgs/msg/String')(data='?! ...'))
    text.publish(get_message('std_msgs/msg/String')(data='word ' * 100_000))
    talk.until(lambda: talk.status.get('bad audio messages') == '4')
    talk.until(lambda: talk.status.get('bad text messages') == '1')
    began_ns = talk.play(audio, chunk, speech[:RATE])
    talk.spin(0.3)
    assert talk.apertures[talk.stamps > began_ns].max() > 0.15


def test_text_with_timings_leads_the_lips(start_talk):
    talk = start_talk()
    talk.activate()
    kind = 'facetalk_ros/msg/DialogueText'
    text = talk.talk_publisher(kind, 'text')
    audio = talk.talk_publisher(AUDIO_CHUNK, 'audio')
    text.publish(
        get_message(kind)(
            utterance_id='u1',
            phones=['AA', 'M'],
            phone_start_s=[0.2, 0.5],
            phone_end_s=[0.5, 0.7],
            end=True,
        )
    )
    bad = get_message(kind)(phones=['AA'], phone_start_s=[0.2], phone_end_s=[])
    talk.spin(0.2)
    began_ns = talk.play(audio, chunk, np.zeros(RATE * 3 // 2, np.float32))
    talk.spin(0.3)
    told = [(m.utterance_id, k) for m in talk.keys for k in m.keys if k.phone in ('AA', 'M')]
    assert {u for u, _ in told} == {'u1'}
    starts = {}
    for _, key in told:
        starts.setdefault(key.phone, (key.time.sec * NS + key.time.nanosec - began_ns) / NS)
        assert key.from_text
    assert starts['AA'] == pytest.approx(0.2, abs=0.03)
    assert starts['M'] == pytest.approx(0.5, abs=0.03)
    text.publish(bad)
    talk.until(lambda: talk.status.get('bad text messages') == '1')


def test_a_device_that_is_not_there_is_a_failure_with_a_diagnostic(start_talk):
    onnxruntime = pytest.importorskip('onnxruntime')
    if 'CUDAExecutionProvider' in onnxruntime.get_available_providers():
        pytest.skip('this machine has CUDA')
    talk = start_talk('device:=cuda')
    assert not talk.change_state('configure')
    assert talk.state() == 'unconfigured'
    talk.until(lambda: talk.level == 2)
    assert 'CUDA' in talk.message


def test_simulated_time_is_used(start_talk, speech):
    talk = start_talk('use_sim_time:=true')
    assert talk.change_state('configure')
    assert talk.change_state('activate')
    clock = talk.talk_publisher('rosgraph_msgs/msg/Clock', '/clock')
    talk.spin(0.3)
    assert not talk.shown
    message = get_message('rosgraph_msgs/msg/Clock')()
    for i in range(100):  # 4 s in about 2
        message.clock.sec, message.clock.nanosec = divmod(1000 * NS + i * 40_000_000, NS)
        clock.publish(message)
        talk.spin(0.02)
    assert talk.stamps.min() >= 999 * NS
    assert talk.stamps.max() < 1004 * NS
    assert len(talk.shown) > 150


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_brings_the_mouth_to_rest_and_ends_it(start_talk, speech, number):
    talk = start_talk()
    talk.activate()
    audio = talk.talk_publisher(AUDIO_CHUNK, 'audio')
    talk.burst(audio, speech)
    talk.until(lambda: talk.apertures[-1] > 0.1)
    talk.process.send_signal(number)
    talk.spin(1.0)
    assert talk.apertures[-1] < 0.02
    _, err = talk.process.communicate(timeout=20)
    assert talk.process.returncode == 0
    assert 'Traceback' not in err


def test_a_second_ctrl_c_does_not_make_a_failure_of_the_end(start_talk):
    talk = start_talk()
    talk.activate()
    end_s = time.monotonic() + 1.5  # who presses it later than that means it
    while talk.process.poll() is None and time.monotonic() < end_s:
        talk.process.send_signal(signal.SIGINT)
        talk.spin(0.01)
    _, err = talk.process.communicate(timeout=20)
    assert talk.process.returncode == 0, err
    assert 'Traceback' not in err
