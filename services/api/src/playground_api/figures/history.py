"""The last quarter of an hour in samples: what was, how fast it grew, how long launches took."""

from collections import deque
from collections.abc import Iterable, Mapping
from itertools import pairwise

from playground_api.figures.samples import Sample

EVERY_S = 10
KEPT = 90


class History:
    """Samples in their order; old ones fall out."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=KEPT + 1)

    def add(self, sample: Sample) -> None:
        """The newest one."""
        self._samples.append(sample)

    @property
    def newest(self) -> Sample | None:
        """The last sample, once there is one."""
        return self._samples[-1] if self._samples else None

    @property
    def minutes(self) -> float:
        """How far back it goes."""
        if len(self._samples) < 2:
            return 0.0
        return (self._samples[-1].at - self._samples[0].at).total_seconds() / 60

    def levels(self, name: str) -> list[float]:
        """What the number was, sample by sample; 0 where nobody could tell."""
        return [sample.numbers.get(name, 0.0) for sample in self._samples]

    def rates(self, *names: str, per_s: float = 1) -> list[float]:
        """How much the numbers together grew from each sample to the next, per *per_s* seconds."""
        found: list[float] = []
        for before, after in _pairs(self._samples):
            elapsed = (after.at - before.at).total_seconds() or EVERY_S
            grown = sum(_grown(before, after, name) for name in names)
            found.append(grown * per_s / elapsed)
        return found

    def growth(self, *names: str) -> float:
        """How much the numbers together grew in all that is kept."""
        pairs = _pairs(self._samples)
        return sum(_grown(before, after, name) for before, after in pairs for name in names)

    def ready_within_s(self, share: float) -> float | None:
        """The time within which *share* of the launches were ready; None where there was none.

        As exact as the histogram's buckets are.
        """
        if len(self._samples) < 2:
            return None
        first, last = self._samples[0].ready_within, self._samples[-1].ready_within
        counts = {bound: count - first.get(bound, 0) for bound, count in sorted(last.items())}
        total = max(counts.values(), default=0)
        if total <= 0:
            return None
        return next(bound for bound, count in counts.items() if count >= share * total)


def _pairs(samples: Iterable[Sample]) -> list[tuple[Sample, Sample]]:
    return list(pairwise(samples))


def _grown(before: Sample, after: Sample, name: str) -> float:
    """How much each process counted on; one that was not there before says nothing of its growth,
    and one that has gone takes nothing away."""
    return sum(
        _counted_on(before.told.get(source, {}), numbers, name)
        for source, numbers in after.told.items()
    )


def _counted_on(before: Mapping[str, float], after: Mapping[str, float], name: str) -> float:
    """A counter that is smaller than before was begun anew by a restart."""
    if name not in before or name not in after:
        return 0.0
    grown = after[name] - before[name]
    return grown if grown >= 0 else after[name]
