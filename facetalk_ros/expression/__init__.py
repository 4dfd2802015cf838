# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a text wants of the face: the expression of each sentence, the accent of each word."""
