# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The n-gram over graphones: Kneser-Ney estimates, entropy pruning, and the model file.

An n-gram is a string, one character per graphone; its history is all but the last character.
"""

from __future__ import annotations

import io
import math
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from facetalk_ros.speech.letter_to_sound import (
    BACKOFF_RANGE,
    BEGIN,
    END,
    PROBABILITY_RANGE,
    pack,
)

_BEGIN, _END = chr(BEGIN), chr(END)
#: Least history probability left to unseen graphones, against division by nothing.
_FLOOR = 1e-6

Probabilities = list[dict[str, float]]  # [n] of the n-grams of length n; [0] is empty


class Ngram(NamedTuple):
    """An unpruned model and what pruning needs to know."""

    graphones: list[str]
    probability: Probabilities
    #: How much each n-gram matters: the rise of the training entropy without it.
    loss: list[dict[str, float]]


def train_ngram(words: list[list[str]], order: int) -> Ngram:
    """Estimate an interpolated modified Kneser-Ney model (Chen and Goodman, 1998)."""
    graphones = sorted({graphone for word in words for graphone in word})
    code = {graphone: chr(i) for i, graphone in enumerate(graphones, END + 1)}
    texts = [_BEGIN + ''.join(code[g] for g in word) + _END for word in words]
    raw: list[Counter[str]] = [Counter() for _ in range(order + 1)]
    for text in texts:
        for n in range(1, order + 1):
            raw[n].update(text[i : i + n] for i in range(len(text) - n + 1))
    probability: Probabilities = [{}]
    for n in range(1, order + 1):
        counts: Counter[str] = raw[n]
        if n < order:
            # lower orders count the different histories an n-gram was seen behind
            counts = Counter(longer[1:] for longer in raw[n + 1])
            counts.update({g: c for g, c in raw[n].items() if g[0] == _BEGIN and n > 1})
        probability.append(_smooth(counts, probability[-1], len(graphones) + 1))
    total = sum(len(text) - 1 for text in texts)
    loss = [{}, {}, *(_loss(probability, raw, n, total) for n in range(2, order + 1))]
    return Ngram(graphones, probability, loss)


def _smooth(counts: Counter[str], lower: dict[str, float], vocabulary: int) -> dict[str, float]:
    of = Counter(min(c, 4) for c in counts.values())
    y = of[1] / max(of[1] + 2 * of[2], 1)
    discount = [0.0, *(max(0.05, j - (j + 1) * y * of[j + 1] / max(of[j], 1)) for j in (1, 2, 3))]
    total: Counter[str] = Counter()
    freed: defaultdict[str, float] = defaultdict(float)
    for ngram, count in counts.items():
        total[ngram[:-1]] += count
        freed[ngram[:-1]] += discount[min(count, 3)]
    out = {}
    for ngram, count in counts.items():
        history = ngram[:-1]
        below = lower[ngram[1:]] if lower else 1 / vocabulary
        kept = count - discount[min(count, 3)]
        out[ngram] = (kept + freed[history] * below) / total[history]
    return out


def _unseen(probability: Probabilities, n: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return, for each history, what is left for unseen graphones at its length and below."""
    here: defaultdict[str, float] = defaultdict(lambda: 1.0)
    below: defaultdict[str, float] = defaultdict(lambda: 1.0)
    for ngram, p in probability[n].items():
        here[ngram[:-1]] -= p
        below[ngram[:-1]] -= probability[n - 1][ngram[1:]]
    return here, below


def _loss(
    probability: Probabilities, raw: list[Counter[str]], n: int, total: int
) -> dict[str, float]:
    """Return the relative entropy that dropping each n-gram costs (Stolcke 1998, eq. 5)."""
    here, below = _unseen(probability, n)
    loss = {}
    for ngram, p in probability[n].items():
        history, q = ngram[:-1], probability[n - 1][ngram[1:]]
        left, left_below = max(here[history], 1e-9), max(below[history], 1e-9)
        old, new = left / left_below, (left + p) / (left_below + q)
        rise = p * math.log(p / (q * new)) - left * math.log(new / old)
        loss[ngram] = raw[n - 1][history] / total * rise
    return loss


def prune(model: Ngram, threshold: float) -> Probabilities:
    """Return the n-grams that matter more than `threshold`, and those they build on."""
    order = len(model.probability) - 1
    kept: Probabilities = [{}, model.probability[1], *({} for _ in range(order - 1))]
    needed: set[str] = set()
    for n in range(order, 1, -1):
        kept[n] = {
            ngram: p
            for ngram, p in model.probability[n].items()
            if ngram in needed or model.loss[n][ngram] > threshold
        }
        needed = {part for ngram in kept[n] for part in (ngram[:-1], ngram[1:])}
    return kept


def _arrays(graphones: list[str], kept: Probabilities) -> dict[str, Any]:
    """Return the arrays of the model file, which LetterToSound reads."""
    order = len(kept) - 1
    out: dict[str, Any] = {
        'order': np.uint8(order),
        'graphones': np.frombuffer('\n'.join(graphones).encode('ascii'), np.uint8),
    }
    nodes = sorted({*kept[1], _BEGIN})
    for n in range(1, order + 1):
        out[f'graphone_{n}'] = np.array([ord(g[-1]) for g in nodes], np.uint8)
        logs = [math.log(kept[n][g]) if g in kept[n] else PROBABILITY_RANGE[0] for g in nodes]
        out[f'log_p_{n}'] = pack(logs, PROBABILITY_RANGE)
        if n == order:
            break
        here, below = _unseen(kept, n + 1)
        children = Counter(g[:-1] for g in kept[n + 1])
        out[f'children_{n}'] = np.array([children[g] for g in nodes], np.uint8)
        weights = [
            math.log(max(here[g], _FLOOR) / max(below[g], _FLOOR)) for g in nodes if children[g]
        ]
        out[f'backoff_{n}'] = pack(weights, BACKOFF_RANGE)
        nodes = sorted(kept[n + 1])
    return out


def write_model(model: Ngram, path: Path, most_bytes: int) -> None:
    """Write the least pruned model that fits into `most_bytes`."""
    low, high = -12.0, -3.0  # log10 of the threshold
    best = b''
    for _ in range(8):
        middle = (low + high) / 2
        file = io.BytesIO()
        np.savez_compressed(file, **_arrays(model.graphones, prune(model, 10**middle)))
        if file.tell() <= most_bytes:
            best, high = file.getvalue(), middle
        else:
            low = middle
    if not best:
        raise ValueError(f'no model fits into {most_bytes} bytes')
    path.write_bytes(best)
