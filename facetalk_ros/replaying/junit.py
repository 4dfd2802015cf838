# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A comparison as a JUnit report, one test case for each check."""

from __future__ import annotations

import re
import socket
import xml.etree.ElementTree as ET
from datetime import datetime, timezone
from pathlib import Path

from .report import Comparison

# What XML 1.0 cannot hold, section 2.2.
_NO_XML = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


def write_junit(path: Path, comparison: Comparison, took_s: float = 0.0) -> None:
    """Write the report that Jenkins, GitLab and others read.

    It has every attribute and element that the Ant schema (windyroad) asks for, in its order.

    Raises:
        OSError: the file cannot be written.

    """
    checks = comparison.checks
    failed, skipped = sum(bool(c.differences) for c in checks), sum(c.skipped for c in checks)
    root = ET.Element('testsuites')
    suite = ET.SubElement(
        root, 'testsuite', name='facetalk replay', tests=str(len(checks)), failures=str(failed),
        errors='0', skipped=str(skipped), time=f'{took_s:.3f}', id='0', package='facetalk_ros',
        hostname=_clean(socket.gethostname() or 'localhost'),
        timestamp=datetime.now(timezone.utc).strftime('%Y-%m-%dT%H:%M:%S'),
    )  # fmt: skip
    ET.SubElement(suite, 'properties')
    for check in checks:
        case = ET.SubElement(
            suite, 'testcase', name=_clean(check.name), time='0.000',
            classname=_clean(f'facetalk.replay.{comparison.expected.stem}'),
        )  # fmt: skip
        if check.skipped:
            ET.SubElement(case, 'skipped', message=_clean(check.compared))
        elif check.differences:
            worst = sorted(check.differences, key=lambda d: -d.severity)
            lines = [f'{d.subject}  {d.text}' for d in worst]
            failure = ET.SubElement(case, 'failure', message=_clean(lines[0]), type='different')
            failure.text = _clean('\n'.join(lines))
    ET.SubElement(suite, 'system-out').text = _clean('\n'.join(comparison.lines()))
    ET.SubElement(suite, 'system-err')
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding='utf-8', xml_declaration=True)


def _clean(text: str) -> str:
    return _NO_XML.sub('\N{REPLACEMENT CHARACTER}', text)
