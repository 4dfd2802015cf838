# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""wav2vec 2.0 (Baevski et al. 2020) at the rate of the face, through transformers.

As in FaceFormer the convolutions are frozen and their output is brought to the face's rate before
the transformer. Here it is interpolated at the faces' own times: 30 a second for VOCASET; for
BIWI 50 a second, two side by side for each face.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...audio.features import SAMPLE_RATE_HZ

RANDOM = 'random'
# What the network is made of; a model's other values say how it was trained or stored.
_SHAPE = (
    'hidden_size', 'num_hidden_layers', 'num_attention_heads', 'intermediate_size', 'hidden_act',
    'conv_dim', 'conv_stride', 'conv_kernel', 'conv_bias', 'feat_extract_norm',
    'feat_extract_activation', 'num_conv_pos_embeddings', 'num_conv_pos_embedding_groups',
    'do_stable_layer_norm', 'layer_norm_eps', 'feat_proj_dropout', 'hidden_dropout',
    'attention_dropout', 'activation_dropout', 'layerdrop',
)  # fmt: skip
# Small enough for a test; strides and kernels are wav2vec 2.0's, so the times are too.
_SMALL = {
    'hidden_size': 32, 'num_hidden_layers': 2, 'num_attention_heads': 2, 'intermediate_size': 64,
    'conv_dim': [32] * 7, 'num_conv_pos_embeddings': 16, 'num_conv_pos_embedding_groups': 4,
}  # fmt: skip


def _transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise ImportError('wav2vec 2.0 needs transformers: pip install transformers') from error
    return transformers


def _shape_of(config: Any) -> dict[str, Any]:
    values = {name: getattr(config, name) for name in _SHAPE}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in values.items()}


def load_wav2vec2(name: str, seed: int) -> tuple[Any, dict[str, Any], str]:
    """Return a network, its shape, and a sign by which its weights are known again.

    Args:
        name: a folder on this machine with config.json and weights, or ``random``: small and of
            no use but for tests. Nothing is ever downloaded.
        seed: of the random weights.

    Raises:
        FileNotFoundError: there is no such folder.
        ImportError: transformers is not installed.
        ValueError: what is there is no wav2vec 2.0.

    """
    transformers = _transformers()
    if name == RANDOM:
        torch.manual_seed(seed)
        net = transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(**_SMALL))
        return net, _shape_of(net.config), RANDOM
    if not (Path(name) / 'config.json').is_file():
        raise FileNotFoundError(f'{name} holds no pre-trained model: config.json is missing')
    try:
        config = transformers.AutoConfig.from_pretrained(name, local_files_only=True)
        if config.model_type != 'wav2vec2':
            raise ValueError(f'a model of type {config.model_type!r}, not wav2vec2')
        net, loaded = transformers.Wav2Vec2Model.from_pretrained(
            name, local_files_only=True, dtype=torch.float32, output_loading_info=True
        )
        # transformers fills what is missing with random weights; the mask is not used here
        missing = sorted(n for n in loaded['missing_keys'] if 'masked_spec_embed' not in n)
        if missing:
            raise ValueError(f'it has no weights for {missing[0]}')
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f'{name} cannot be loaded: {" ".join(str(error).split())}') from error
    sign = 0
    for tensor in net.state_dict().values():
        sign = zlib.crc32(tensor.contiguous().numpy().tobytes(), sign)
    return net, _shape_of(net.config), f'{sign:08x}'


def build_wav2vec2(shape: dict[str, Any]) -> Any:
    """Return a network of a shape whose weights are still to be loaded.

    Raises:
        ImportError: transformers is not installed.

    """
    transformers = _transformers()
    return transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(**shape))


class AudioEncoder(nn.Module):
    """Sound to one vector for each face."""

    def __init__(self, wav2vec2: Any, fps: float, width: int) -> None:
        super().__init__()
        config = wav2vec2.config
        wav2vec2.freeze_feature_encoder()
        self.convolutions = wav2vec2.feature_extractor
        self.projection = wav2vec2.feature_projection
        self.transformer = wav2vec2.encoder
        self.fps = fps
        self.hop, self.span = 1, 1
        for kernel, stride in zip(config.conv_kernel, config.conv_stride, strict=True):
            self.span += (kernel - 1) * self.hop
            self.hop *= stride
        # as many of the network's own frames as fit into the time of a face
        self.per_face = max(1, int(SAMPLE_RATE_HZ / self.hop / fps))
        self.out = nn.Linear(self.per_face * config.hidden_size, width)

    def at_faces(self, features: torch.Tensor, faces: int) -> torch.Tensor:
        """Interpolate the convolutions' output at the faces' times.

        Args:
            features: float [1, channels, frames].
            faces: how many; face k is at k / fps.

        Returns:
            Float [1, faces * per_face, channels].

        """
        steps = torch.arange(faces * self.per_face, device=features.device)
        first_s = torch.div(steps, self.per_face, rounding_mode='floor') / self.fps
        samples = first_s * SAMPLE_RATE_HZ + (steps % self.per_face) * self.hop
        # a frame stands for the middle of what it hears
        at = ((samples - self.span / 2) / self.hop).clamp(0, features.shape[2] - 1)
        low = at.long().clamp(max=max(0, features.shape[2] - 2))
        high = (low + 1).clamp(max=features.shape[2] - 1)
        share = (at - low).to(features.dtype)
        mixed = features[:, :, low] * (1 - share) + features[:, :, high] * share
        return mixed.transpose(1, 2)

    def forward(self, samples: torch.Tensor, faces: int) -> torch.Tensor:
        """Return float [faces, width] of float [n] samples; at least ``span`` of them.

        Samples have zero mean and unit variance, as wav2vec 2.0 was trained.
        """
        with torch.no_grad():
            features = self.convolutions(samples[None])
        # not through the model's own forward: the rate changes in between, and parts of the
        # sound are not blanked at random (SpecAugment), which would blank keys as well
        hidden, _ = self.projection(self.at_faces(features, faces))
        hidden = self.transformer(hidden).last_hidden_state[0]
        heard: torch.Tensor = self.out(hidden.reshape(faces, -1))
        return heard
