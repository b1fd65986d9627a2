"""Finding chunks by their words: BM25 over stemmed words, by the SQLite inside of Python."""

import re
import sqlite3
import threading
from collections.abc import Sequence

_WORD = re.compile(r"\w+", re.UNICODE)
_MOST_WORDS = 64
"""Of a question that is a text of its own, the first ones; SQLite has a limit too."""


class Lexicon:
    """The words of some chunks, in memory. Safe to use from several threads, one at a time."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute(
            "CREATE VIRTUAL TABLE chunks USING "
            "fts5(text, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        rows = enumerate(texts)
        self._database.executemany("INSERT INTO chunks (rowid, text) VALUES (?, ?)", rows)

    def search(self, question: str, k: int) -> list[tuple[int, float]]:
        """The places in *texts* of the best matches and their scores, the best first."""
        words = dict.fromkeys(_WORD.findall(question))
        if not words:
            return []
        wanted = " OR ".join(f'"{word}"' for word in list(words)[:_MOST_WORDS])
        found = (
            "SELECT rowid, -bm25(chunks) FROM chunks WHERE chunks MATCH ? ORDER BY 2 DESC LIMIT ?"
        )
        with self._lock:
            return self._database.execute(found, (wanted, k)).fetchall()

    def close(self) -> None:
        """Give the memory back."""
        with self._lock:
            self._database.close()
