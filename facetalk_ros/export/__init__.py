# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Frames to files and back: tables, bags, videos, pictures."""

from .csv_table import read_csv
from .formats import SUFFIXES, check_out, write_frames
from .livelink import read_livelink_csv
from .track import Audio, Track

__all__ = [
    'SUFFIXES',
    'Audio',
    'Track',
    'check_out',
    'read_csv',
    'read_livelink_csv',
    'write_frames',
]
