# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.export import Track


@pytest.fixture
def track() -> Track:
    """Half a second in which every shape has its own course."""
    times = np.arange(30) / 60
    weights = 0.5 + 0.5 * np.sin(times[:, None] * 7 + np.arange(52) * 0.7)
    return Track(times, weights.astype(np.float32))


@pytest.fixture(scope='session')
def shared() -> Path:
    folder = Path(__file__).resolve().parents[3] / 'shared'
    if not folder.is_dir():
        pytest.skip('needs ../shared')
    return folder
