# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Install without ROS; everything is declared in pyproject.toml."""

from setuptools import setup

setup()
