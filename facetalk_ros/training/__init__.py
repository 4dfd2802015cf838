# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Training of what ships in ``weights/``; torch is needed here and nowhere else."""
