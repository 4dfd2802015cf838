# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The browser view's server: HTTP for the page, a WebSocket for the face. No ROS in it."""
