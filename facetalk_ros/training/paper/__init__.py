# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Key motions at phone boundaries and their completion, at the size of the papers."""
