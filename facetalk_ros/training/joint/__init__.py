# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The joint audio-text model: sound moves the lips, sound and text the upper face."""
