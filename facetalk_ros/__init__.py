# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A face that speaks: streaming audio and dialogue text in, facial poses out."""

__version__ = '0.1.0'
