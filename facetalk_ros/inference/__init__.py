# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How the networks run: sessions on a device, explicit state, many streams at once."""
