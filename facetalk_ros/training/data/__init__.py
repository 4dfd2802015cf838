# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Sound to train on: recordings, synthesised speech, captured faces, and what varies them."""
