# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Larger text encoders, from a folder on this machine, through transformers and torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .encoder import TokenVectors


class PretrainedEncoder:
    """A language model of Hugging Face's form: GPT-2, BERT, RoBERTa, MiniLM and their like.

    Nothing is ever downloaded. A text longer than the model reads at once is read in parts.

    Raises:
        FileNotFoundError: there is no such folder.
        ImportError: torch or transformers is not installed.
        ValueError: no model with a fast tokeniser, which tells places in the text, is there.

    """

    def __init__(self, folder: Path) -> None:
        if not (folder / 'config.json').is_file():
            raise FileNotFoundError(f'{folder} holds no pre-trained model: config.json is missing')
        try:
            import torch
            import transformers
        except ImportError as error:
            raise ImportError(
                f'{folder}: pre-trained text models need torch and transformers: {error}'
            ) from error
        try:
            self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(
                folder, local_files_only=True, use_fast=True
            )
            self._model: Any = transformers.AutoModel.from_pretrained(
                folder, local_files_only=True
            ).eval()
        except (OSError, KeyError, ValueError) as error:
            raise ValueError(
                f'{folder} cannot be loaded: {" ".join(str(error).split())}'
            ) from error
        if not self._tokenizer.is_fast:
            raise ValueError(f'{folder} has no fast tokeniser')
        self._torch = torch
        config = self._model.config
        read = self._tokenizer('a', return_special_tokens_mask=True)
        added, ids = read['special_tokens_mask'], read['input_ids']
        inner = added.index(0)
        self._before, self._after = ids[:inner], ids[len(ids) - added[::-1].index(0) :]
        extra = len(self._before) + len(self._after)
        # RoBERTa counts its positions from the padding sign's on
        offset = 2 if config.model_type in ('roberta', 'camembert', 'xlm-roberta') else 0
        self._longest = int(config.max_position_embeddings) - extra - offset
        self._width = int(config.hidden_size)

    @property
    def width(self) -> int:
        """The number of values of a vector."""
        return self._width

    def encode(self, text: str) -> TokenVectors:
        """Return a text's token vectors, from the last layer; none for a text without any."""
        read = self._tokenizer(
            text, return_offsets_mapping=True, add_special_tokens=False, verbose=False
        )
        ids, spans = read['input_ids'], read['offset_mapping']
        if not ids:
            return TokenVectors(np.zeros((0, self._width), np.float32), np.zeros((0, 2), np.int64))
        parts = []
        for start in range(0, len(ids), self._longest):
            part = ids[start : start + self._longest]
            whole = [*self._before, *part, *self._after]
            before = len(self._before)
            with self._torch.no_grad():
                states = self._model(input_ids=self._torch.tensor([whole])).last_hidden_state[0]
            parts.append(states[before : before + len(part)].float().numpy())
        return TokenVectors(np.concatenate(parts), np.array(spans, np.int64))
