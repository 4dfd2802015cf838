# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The head that reads an expression from token vectors, and the sentences it learns from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ..expression.families import FAMILIES

SENTENCES = Path(__file__).parent / 'dialogue_sentences.txt'
NEUTRAL = FAMILIES.index('neutral')
# What the intensities 1 to 3 of the sentence file stand for.
_INTENSITY = (0.0, 0.35, 0.65, 0.95)
_PART = re.compile(r'\[(\w+)(?: (\d|hard))?(?: ([+-]))?\]')
# Pleasure of Russell and Mehrabian 1977, as in config/expression/families.yaml; surprise has the
# sign that its part of the file says, or none.
_VALENCE = {'joy': 0.76, 'sadness': -0.63, 'anger': -0.51, 'fear': -0.64, 'disgust': -0.60}
_SURPRISE = {'+': 0.6, '-': -0.6, None: 0.0}

States = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Labelled:
    """A sentence and what it shows; family is an index of FAMILIES."""

    text: str
    family: int
    intensity: float
    valence: float
    part: str


def read_labelled(path: Path = SENTENCES) -> list[Labelled]:
    """Read the training sentences.

    Raises:
        ValueError: a line that cannot be read, with its number.

    """
    found: list[Labelled] = []
    part: tuple[str, float, float, int] | None = None
    for number, raw in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith('#'):
            continue
        head = _PART.fullmatch(line)
        if head:
            name, strength, sign = head.groups()
            level = int(strength) if strength and strength.isdecimal() else 0
            known = name if name in FAMILIES else 'neutral'
            if known != name and name not in ('question', 'negation'):
                raise ValueError(f'{path}:{number}: unknown family {name!r}')
            valence = _SURPRISE[sign] if name == 'surprise' else _VALENCE.get(name, 0.0)
            part = name, _INTENSITY[level], valence, FAMILIES.index(known)
        elif part is None:
            raise ValueError(f'{path}:{number}: a sentence before the first [family]')
        else:
            name, intensity, valence, family = part
            scale = min(1.0, intensity / _INTENSITY[2])
            found.append(Labelled(line, family, intensity, valence * scale, name))
    return found


class ExpressionHead(nn.Module):
    """Token vectors to families, intensity and valence.

    Two pooled vectors, one weighted by a learned attention and one plain mean, through one hidden
    layer.
    """

    def __init__(self, width: int, hidden: int = 128) -> None:
        super().__init__()
        self.attention = nn.Linear(width, 1)
        self.hidden = nn.Linear(2 * width, hidden)
        self.out = nn.Linear(hidden, len(FAMILIES) + 2)
        self.drop = nn.Dropout(0.2)

    def forward(
        self, states: torch.Tensor, lengths: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return family logits [b, 8], intensity [b], valence [b] and attention [b, n]."""
        scores = self.attention(states)[..., 0]
        if lengths is None:
            mean = states.mean(1)
        else:
            real = torch.arange(states.shape[1]) < lengths[:, None]
            scores = scores.masked_fill(~real, -1e4)
            mean = (states * real[..., None]).sum(1) / lengths[:, None]
        attention = scores.softmax(-1)
        heard = (attention[..., None] * states).sum(1)
        x = torch.tanh(self.hidden(self.drop(torch.cat((heard, mean), -1))))
        out = self.out(self.drop(x))
        n = len(FAMILIES)
        return out[:, :n], out[:, n].sigmoid(), out[:, n + 1].tanh(), attention


_SHORTER = (
    (r'\b(\w+) not\b(?=.)', None),
    (r'\bI am\b', "I'm"),
    (r'\b([Ii]t|[Tt]hat|[Hh]e|[Ss]he) is\b', r"\1's"),
    (r'\b([Yy]ou|[Ww]e|[Tt]hey) are\b', r"\1're"),
    (r'\b(I|[Yy]ou|[Ww]e|[Tt]hey) have\b(?= \w+ed)', r"\1've"),
    (r'\b(I|[Yy]ou|[Ww]e|[Tt]hey|[Hh]e|[Ss]he|[Ii]t) will\b', r"\1'll"),
)
_NOT = {
    'do': "don't", 'does': "doesn't", 'did': "didn't", 'is': "isn't", 'are': "aren't",
    'was': "wasn't", 'were': "weren't", 'has': "hasn't", 'have': "haven't", 'had': "hadn't",
    'would': "wouldn't", 'could': "couldn't", 'should': "shouldn't", 'will': "won't",
}  # fmt: skip
_OPENERS = (
    'Well, ', 'Hey, ', 'Listen, ', 'So, ', 'You know, ', 'Look, ', 'Okay, ', 'And ', 'But ',
    'Robot, ', 'Anna, ', 'Hello, ',
)  # fmt: skip


def vary(text: str, rng: np.random.Generator) -> str:
    """Return a sentence as somebody else might have written it, with the same meaning."""
    if rng.random() < 0.5:
        text = _contract(text)
    if rng.random() < 0.08:
        text = str(rng.choice(_OPENERS)) + text[0].lower() + text[1:]
    if rng.random() < 0.25:  # as a recogniser writes
        text = re.sub(r'[,.!]', '', text)
    elif rng.random() < 0.2 and text.endswith('!'):
        text = text[:-1] + '.'
    elif rng.random() < 0.1 and text.endswith('.'):
        text = text[:-1]
    return text


def _contract(text: str) -> str:
    def negate(match: re.Match[str]) -> str:
        verb = match.group(1)
        short = _NOT.get(verb.lower())
        if short is None:
            return match.group()
        return short if verb[0].islower() else short.capitalize()

    for pattern, short in _SHORTER:
        text = re.sub(pattern, negate if short is None else short, text)
    return text.replace('cannot', "can't")


def head_loss(
    said: tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor],
    families: torch.Tensor,
    amounts: npt.NDArray[np.float32],
) -> torch.Tensor:
    """Return the loss for family probabilities [b, 8] and intensities, valences [b, 2]."""
    logits, intensity, valence, _ = said
    wanted = torch.from_numpy(amounts)
    cross = -(families * logits.log_softmax(-1)).sum(-1).mean()
    error = (intensity - wanted[:, 0]) ** 2 + (valence - wanted[:, 1]) ** 2
    return cross + error.mean()


def labels_of(rows: Sequence[Labelled]) -> tuple[torch.Tensor, npt.NDArray[np.float32]]:
    """Return smoothed one-hot families [b, 8], and intensities and valences [b, 2]."""
    one_hot = torch.full((len(rows), len(FAMILIES)), 0.05 / len(FAMILIES))
    one_hot[torch.arange(len(rows)), torch.tensor([r.family for r in rows])] += 0.95
    return one_hot, np.array([[r.intensity, r.valence] for r in rows], np.float32)
