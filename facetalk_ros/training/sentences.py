# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Sentences for a synthesiser to speak: the examples in WordNet.

``python -m facetalk_ros.training.sentences /usr/share/wordnet > sentences.txt`` with the Debian
package ``wordnet-base``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_PLAIN = re.compile(r"[A-Za-z ,.'?!-]{25,110}")


def wordnet_sentences(folder: Path) -> list[str]:
    """Return the plain example sentences of WordNet's data files, sorted.

    Raises:
        ValueError: the folder holds no WordNet data files.

    """
    files = sorted(folder.glob('data.*'))
    if not files:
        raise ValueError(f'{folder} has no WordNet data files')
    found: set[str] = set()
    for path in files:
        for line in path.read_text(encoding='latin-1').splitlines():
            found.update(q for q in re.findall(r'"([^"]+)"', line) if _PLAIN.fullmatch(q))
    return sorted(found)


if __name__ == '__main__':
    print('\n'.join(wordnet_sentences(Path(sys.argv[1]))))
