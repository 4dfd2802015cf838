# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The layouts for Foxglove and PlotJuggler: everything they name exists in our messages."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from rosbags.interfaces import Nodetype

from facetalk_ros.bag_input import known_types
from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.resources import resource_dir

CONFIG = resource_dir('config')
FOXGLOVE = sorted((CONFIG / 'foxglove').glob('*.json'))
PLOTJUGGLER = sorted((CONFIG / 'plotjuggler').glob('*.xml'))

TOPICS = {
    '/blendshapes': 'facetalk_ros/msg/Blendshapes',
    '/key_motions': 'facetalk_ros/msg/KeyMotions',
    '/is_speaking': 'std_msgs/msg/Bool',
    '/audio_out': 'foxglove_msgs/msg/RawAudio',
    '/diagnostics': 'diagnostic_msgs/msg/DiagnosticArray',
}
STORE = known_types()


def resolve(path, separator):
    """Return the base type that a path such as /topic.keys[0].word ends at.

    Raises KeyError or AssertionError for what does not exist.
    """
    topic = next(t for t in TOPICS if path == t or path.startswith((f'{t}.', f'{t}/')))
    parts = [part for part in path[len(topic) :].split(separator) if part]
    type_name = TOPICS[topic]
    for i, part in enumerate(parts):
        name, index = re.fullmatch(r'(\w+)(?:\[(-?\d+)\])?', part).groups()
        kind, content = dict(STORE.fielddefs[type_name][1])[name]
        is_list = kind in (Nodetype.ARRAY, Nodetype.SEQUENCE)
        assert is_list == (index is not None), path
        if is_list:
            kind, content = content[0]
        if kind == Nodetype.BASE:
            assert i == len(parts) - 1, path
            return content[0]
        type_name = content
    return type_name


def test_resolve_finds_what_is_wrong():
    assert resolve('/blendshapes.weights[17]', '.') == 'float32'
    assert resolve('/key_motions/keys[0]/phone', '/') == 'string'
    for wrong in ('/blendshapes.weight[0]', '/is_speaking.data[0]', '/key_motions.keys.word'):
        with pytest.raises((KeyError, AssertionError)):
            resolve(wrong, '.')
    with pytest.raises(StopIteration):
        resolve('/face.weights[0]', '.')


@pytest.mark.parametrize('path', FOXGLOVE, ids=lambda p: p.name)
def test_foxglove(path):
    layout = json.loads(path.read_text())
    panels = layout['configById']

    def placed(node):
        if isinstance(node, str):
            return [node]
        assert node['direction'] in ('row', 'column')
        assert 0 < node['splitPercentage'] < 100
        return placed(node['first']) + placed(node['second'])

    assert sorted(placed(layout['layout'])) == sorted(panels)
    assert {name.split('!')[0] for name in panels} == {
        'Plot', 'StateTransitions', 'Audio', 'RawMessages', 'DiagnosticSummary',
    }  # fmt: skip
    for name, panel in panels.items():
        for entry in panel.get('paths', ()):
            kind = resolve(entry['value'], '.')
            if name.startswith('Plot!'):
                assert kind == 'float32'
                index = int(re.search(r'\[(\d+)\]$', entry['value'])[1])
                assert ARKIT_INDEX[entry['label']] == index
                # the time at which the sound of a pose is heard
                assert entry['timestampMethod'] == 'headerStamp'
        for key in ('topic', 'topicPath', 'topicToRender'):
            if key in panel:
                assert resolve(panel[key], '.') in TOPICS.values()


@pytest.mark.parametrize('path', PLOTJUGGLER, ids=lambda p: p.name)
def test_plotjuggler(path):
    root = ET.parse(path).getroot()
    assert root.tag == 'root'
    assert root.find('tabbed_widget') is not None
    curves = 0
    for splitter in root.iter('DockSplitter'):
        areas = splitter.findall('DockArea')
        assert int(splitter.get('count')) == len(areas) == len(splitter.get('sizes').split(';'))
        for area in areas:
            named = [curve.get('name') for curve in area.iter('curve')]
            curves += len(named)
            shapes = []
            for name in named:
                if name.startswith('/joint_states/'):  # which is told by the joints' names
                    assert re.fullmatch(r'/joint_states/\w+/position', name)
                    continue
                assert resolve(name, '/') in ('float32', 'bool')
                if index := re.search(r'weights\[(\d+)\]', name):
                    shapes.append(int(index[1]))
            if shapes:
                assert [ARKIT_INDEX[n] for n in area.get('name').split(', ')] == shapes
    assert curves > 8


def test_there_is_one_of_each():
    assert [p.name for p in FOXGLOVE] == ['face.json']
    assert [p.name for p in PLOTJUGGLER] == ['face.xml']
