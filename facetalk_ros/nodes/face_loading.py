# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The face of a talk node: loaded before somebody speaks, let go of when nobody will."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Mapping
from typing import Any

from ..expression.encoder import default_encoder
from ..expression.plan import Planner
from ..motion.learned import default_motion
from ..presentation import Presenter
from ..speech.acoustic import default_model
from ..speech.dictionary import dictionary
from ..speech.g2p import pronouncer, text_to_phones
from ..speech.letter_to_sound import letter_to_sound
from ..stream import FaceStream
from .talk_parameters import face_settings


def load_presenter(values: Mapping[str, Any]) -> Presenter:
    """Load the models and return a presenter as the parameters ask for.

    Raises:
        ValueError, RuntimeError, OSError, ImportError: the models cannot be loaded, or the
            device is not there.

    """
    fps, device, weights = values['fps'], values['device'], values['weights']
    face = FaceStream(
        fps, device=device, seed=values['seed'], settings=face_settings(values), weights=weights
    )
    # the first frame and the first text load what is large; not while somebody speaks
    FaceStream(fps, device=device, weights=weights).finish()
    text_to_phones('warm')
    Planner().sentence('warm')
    holds = values['publish_audio_out']
    return Presenter(
        face, hold_back_s=values['hold_back_s'] if holds else 0.0,
        ahead_s=values['publish_ahead_s'], keep_messages=holds,
    )  # fmt: skip


def release_models() -> None:
    """Let go of what the process shares; whoever still uses a model keeps it."""
    for shared in (
        default_model, default_motion, default_encoder, pronouncer, letter_to_sound, dictionary,
    ):  # fmt: skip
        shared.cache_clear()
    gc.collect()
    # glibc keeps what is freed in small pieces; other C libraries have no such call
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
