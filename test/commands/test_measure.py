# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np

from facetalk_ros.commands.measure import measure_start

SPEECH = Path(__file__).parents[1] / 'data' / 'sense.opus'


def test_the_memory_of_whoever_asks_is_not_counted():
    held = np.ones(50_000_000)  # 400 MB, which a forked child reports as its own
    assert measure_start(SPEECH)['peak_memory_mb'] * 1e6 < held.nbytes
