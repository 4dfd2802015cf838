# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Folders of sound with captured faces: BIWI, VOCASET, and camera-tracked ARKit weights."""
