"""How well passages of documents are found, and what finding and embedding them costs.

Two public sets of questions are asked of the texts that answer them (tests/questions/README.md).
Run alone: ``python -m benchmarks.retrieval``.
"""

import asyncio
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from prometheus_client import CollectorRegistry

from benchmarks.tables import Table, percentile
from playground.clock import now
from playground.documents.model import Chunk, Document
from playground.documents.shelf import Shelf
from playground.keys import Keys
from playground.redis_connection import connection
from playground.settings import StoreSettings
from playground_chat.backend.documents.lexicon import Lexicon
from playground_chat.backend.documents.metrics import DocumentMetrics
from playground_chat.backend.documents.reader.sections import Section
from playground_chat.backend.documents.reader.splitting import chunks
from playground_chat.backend.documents.search import CANDIDATES, DocumentSearch
from playground_chat.backend.documents.vectors import Vectors
from playground_chat.backend.settings import ChatSettings
from tests.support.questions import PYTHON_FAQ, XQUAD, Answering, answering
from tests.support.redis_server import running_redis

Name = tuple[str, int]
"""A chunk: its document's id and its number."""
Ranking = Callable[[str], Awaitable[Sequence[Name]]]


@dataclass
class Library:
    """The texts of a set in chunks, a document a title, and which text each chunk is of."""

    texts: Sequence[Answering]
    documents: list[Document] = field(default_factory=list[Document])
    chunks: dict[str, list[Chunk]] = field(default_factory=dict[str, list[Chunk]])
    origins: dict[Name, Answering] = field(default_factory=dict[Name, Answering])


@dataclass
class Found:
    """At which place each question's answer was found (0: not at all), and in which time."""

    places: list[int] = field(default_factory=list[int])
    ms: list[float] = field(default_factory=list[float])

    def recall(self, among: int) -> float:
        """The share of questions whose answer is among the first so many passages."""
        return sum(0 < place <= among for place in self.places) / len(self.places)

    def reciprocal(self) -> float:
        """The mean of one divided by the place."""
        return statistics.mean(1 / place if place else 0 for place in self.places)


@dataclass(frozen=True)
class Measured:
    """What was measured on one set."""

    chunks: int
    embedded_s: float
    found: dict[str, Found]

    @property
    def questions(self) -> int:
        """How many were asked."""
        return len(next(iter(self.found.values())).places)


def measure() -> list[Table]:
    """The table, measured in a process of its own, whose memory is that of this work alone."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as own:
        return [own.submit(_measured).result()]


def _measured() -> Table:
    before = _mib()
    sets: list[Measured] = []
    for name in (PYTHON_FAQ, XQUAD):
        with tempfile.TemporaryDirectory() as folder, running_redis(Path(folder)) as url:
            sets.append(asyncio.run(_compared(url, _shelved(answering(name)))))
    chunks_of = sum(one.chunks for one in sets)
    embedded_s = sum(one.embedded_s for one in sets)
    return Table(
        title="Finding passages of documents",
        note="Two public sets of questions (tests/questions), over their texts in chunks, of which "
        "one that belongs to the right text has to be found. Embedded store, embedded model "
        f"(MiniLM-L6, int8): {chunks_of / embedded_s:.0f} chunks a second embedded. The process "
        f"had {before:.0f} MiB before and has {_mib():.0f} MiB with both sets and the model "
        f"(at its most {_most_mib():.0f}).",
        columns=["questions", "search", "recall@1", "recall@5", "MRR", "median ms", "p95 ms"],
        rows=[
            *_rows(f"Python's FAQ, {sets[0].questions}", sets[0]),
            *_rows(f"XQuAD, {sets[1].questions:,}", sets[1]),
        ],
    )


async def _compared(redis_url: str, library: Library) -> Measured:
    async with _room(redis_url, library) as (vectors, search, embedded_s):
        rankings = _rankings(library, vectors, search)
        found = {name: await _asked(rank, library) for name, rank in rankings.items()}
    number = sum(map(len, library.chunks.values()))
    return Measured(number, embedded_s, found)


def _rows(questions: str, measured: Measured) -> list[list[str]]:
    return [[questions, *_row(name, one)] for name, one in measured.found.items()]


def _row(name: str, found: Found) -> list[str]:
    quality = (found.recall(1), found.recall(5), found.reciprocal())
    times = (statistics.median(found.ms), percentile(found.ms, 95))
    return [name, *(f"{q:.3f}" for q in quality), *(f"{ms:.1f}" for ms in times)]


def _shelved(texts: Sequence[Answering]) -> Library:
    library = Library(texts)
    for title in dict.fromkeys(text.title for text in texts):
        one, kept = f"doc-{len(library.documents)}", list[Chunk]()
        for text in (text for text in texts if text.title == title):
            for piece in chunks(Section(text.text)):
                library.origins[one, len(kept)] = text
                kept.append(Chunk(number=len(kept), text=piece.text))
        library.chunks[one] = kept
        about: dict[str, Any] = {"chunks": len(kept), "created_at": now(), "owner": "bench"}
        library.documents.append(Document(id=one, name=title, bytes=0, **about))
    return library


@asynccontextmanager
async def _room(
    redis_url: str, library: Library
) -> AsyncGenerator[tuple[Vectors, DocumentSearch, float]]:
    """The parts that search, with everything embedded, and the seconds that it took."""
    settings = StoreSettings(redis_url=redis_url)
    async with connection(redis_url) as redis:
        shelf, vectors = Shelf(redis, Keys(settings.tenant)), Vectors(ChatSettings(), settings)
        await vectors.opened()
        begun = time.perf_counter()
        for place, document in enumerate(library.documents):
            stored = document.model_copy(update={"space": vectors.space})
            library.documents[place] = stored
            await shelf.add(stored, "bench")
            await shelf.put_chunks(stored, library.chunks[stored.id])
            async for _ in vectors.add(stored, library.chunks[stored.id]):
                pass
        took = time.perf_counter() - begun
        yield vectors, DocumentSearch(shelf, vectors, DocumentMetrics(CollectorRegistry())), took


def _rankings(library: Library, vectors: Vectors, search: DocumentSearch) -> dict[str, Ranking]:
    names = [(one, chunk.number) for one, some in library.chunks.items() for chunk in some]
    lexicon = Lexicon([library.chunks[one][number].text for one, number in names])

    async def by_words(question: str) -> Sequence[Name]:
        return [names[place] for place, _ in lexicon.search(question, CANDIDATES)]

    async def by_meaning(question: str) -> Sequence[Name]:
        found = await vectors.closest(question, library.documents, CANDIDATES)
        return [(one, number) for one, number, _ in found]

    async def by_both(question: str) -> Sequence[Name]:
        found = await search.find(question, library.documents, CANDIDATES)
        return [(passage.document.id, passage.chunk.number) for passage in found]

    return {"words alone (BM25)": by_words, "vectors alone": by_meaning, "hybrid": by_both}


async def _asked(rank: Ranking, library: Library) -> Found:
    await rank("What is read once is in memory afterwards?")
    found = Found()
    for text in library.texts:
        for question in text.questions:
            begun = time.perf_counter()
            ranked = await rank(question)
            found.ms.append((time.perf_counter() - begun) * 1000)
            origins = [library.origins[name] for name in ranked]
            found.places.append(origins.index(text) + 1 if text in origins else 0)
    return found


def _mib() -> float:
    return psutil.Process().memory_info().rss / 1024**2


def _most_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.stdout.write("\n".join(table.markdown() for table in measure()))
