# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""With this file here pytest finds scan_folder for the folders below as well."""
