# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Plots of what was recorded: pictures, and pages that zoom and play the sound."""

from .joints import JointLimits
from .model import PlotError
from .write import SUFFIXES, check_plot_out, plot_difference, plot_recordings

__all__ = [
    'SUFFIXES',
    'JointLimits',
    'PlotError',
    'check_plot_out',
    'plot_difference',
    'plot_recordings',
]
