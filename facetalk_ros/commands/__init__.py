# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The verbs of the `facetalk` command, one module each: `add_arguments` and `run`."""
