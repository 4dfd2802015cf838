# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Writes a report as one HTML file that opens without a network, zooms and plays its sound."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from ..audio.pcm import Pcm
from ..export.target import whole_file
from .model import Panel
from .report import Report

_FOLDER = Path(__file__).parent
_SCRIPTS = ('page.js', 'page_draw.js', 'page_move.js')
#: A page with more sound than this opens slowly; it has none [bytes of FLAC].
LARGEST_SOUND = 8_000_000


def write_page(path: Path, report: Report) -> None:
    """Write a report as .html; equal input gives equal bytes.

    The file asks for nothing outside of itself: its own policy forbids that, and any script but
    its own. Texts of the recording reach it as JSON in which no tag can begin.

    Raises:
        OSError: see whole_file.

    """
    style = (_FOLDER / 'page.css').read_text('utf-8')
    script = '\n'.join((_FOLDER / name).read_text('utf-8') for name in _SCRIPTS)
    parts = {
        'policy': f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        'media-src data:',
        'style': style,
        'script': script,
        'title': html.escape(report.title),
        'report': _json(report),
    }
    # all at once: nothing is looked for in what was put in
    template = (_FOLDER / 'page.html').read_text('utf-8')
    page = re.sub('@(policy|style|script|title|report)@', lambda found: parts[found[1]], template)
    with whole_file(path) as part:
        part.write_text(page, 'utf-8', newline='\n')


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _json(report: Report) -> str:
    content = {
        'runs': list(report.runs),
        'from_s': report.from_s,
        'to_s': report.to_s,
        'notes': [list(note) for note in report.notes],
        'panels': [_panel(panel) for panel in report.panels],
        'sound': _sound(report.sound),
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(',', ':'))
    # within a script element only these could end it or open a comment
    return text.replace('<', '\\u003c').replace('>', '\\u003e').replace('&', '\\u0026')


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        'kind': panel.kind,
        'title': panel.title,
        'unit': panel.unit,
        'low': panel.low,
        'high': panel.high,
        'filled': panel.filled,
        'limits': [list(limit) for limit in panel.limits],
        'spans': [[round(s.start_s, 4), round(s.end_s, 4), s.text] for s in panel.spans],
        'lines': [
            {'label': line.label, 'run': line.run, 'style': line.style,
             't': _numbers(line.times_s), 'v': _numbers(line.values)}
            for line in panel.lines
        ],
        'dots': [
            {'run': dots.run, 't': _numbers(dots.times_s), 'v': _numbers(dots.values),
             'kinds': list(dots.kinds), 'phones': list(dots.phones)}
            for dots in panel.dots
        ],
    }  # fmt: skip


def _numbers(values: npt.NDArray[np.floating]) -> list[float | None]:
    rounded = np.round(np.asarray(values, np.float64), 4)
    return [None if not np.isfinite(value) else float(value) for value in rounded]


def _sound(sound: Pcm | None) -> str:
    """Return the sound as a data address, or '' without any that is small enough."""
    if sound is None:
        return ''
    file = io.BytesIO()
    samples = np.clip(sound.samples, -1.0, 1.0)
    soundfile.write(file, samples, sound.rate_hz, format='FLAC', subtype='PCM_16')
    if file.tell() > LARGEST_SOUND:
        return ''
    return f'data:audio/flac;base64,{base64.b64encode(file.getvalue()).decode()}'
