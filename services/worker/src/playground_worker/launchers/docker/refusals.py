"""What the engine's refusals mean, in words a person can act on: its texts are read here alone."""

import re

from playground.errors import LaunchFailed, NoCapacity, PlaygroundError
from playground_worker.launchers.last_words import without_paths
from playground_worker.launchers.protocol import UnitMissing, UnitOutOfMemory

_PORT_TAKEN = re.compile(
    r"port is already allocated|address already in use|ports are not available", re.IGNORECASE
)
_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_NO_MEMORY_FOR_PAGE = re.compile(
    r"OOM-killed|memory limit too low|minimum memory limit", re.IGNORECASE
)
_NO_MEMORY = re.compile(r"cannot allocate memory|out of memory", re.IGNORECASE)
_NO_IMAGE = re.compile(r"no such image|pull access denied|manifest unknown", re.IGNORECASE)
_NO_COMMAND = re.compile(r"executable file not found|no command specified", re.IGNORECASE)
_SUBNET_TAKEN = re.compile(
    r"pool overlaps|invalid pool request|failed to allocate gateway", re.IGNORECASE
)
_NO_SUBNETS = re.compile(r"non-overlapping IPv4 address pool|fully subnetted", re.IGNORECASE)
_ALREADY_THERE = re.compile(r"already exists|already in use by container", re.IGNORECASE)


class EngineRefused(LaunchFailed):
    """The Docker engine refused what the worker asked of it."""

    def __init__(self, status: int, words: str) -> None:
        self.status = status
        self.words = words
        super().__init__(f"The Docker engine refused: {without_paths(words)}")

    @property
    def is_gone(self) -> bool:
        """What the call was about is not there (any more)."""
        return self.status == 404

    @property
    def is_under_way(self) -> bool:
        """Somebody else removes it at this moment."""
        return self.status == 409 and "in progress" in self.words

    @property
    def is_there_already(self) -> bool:
        """A thing of that name, or that connection, exists."""
        return self.status in (403, 409) and bool(_ALREADY_THERE.search(self.words))

    @property
    def port_is_taken(self) -> bool:
        """Somebody has the port of this machine, or the address in the page's network."""
        return bool(_PORT_TAKEN.search(self.words))


def meaning(refused: EngineRefused, *, image: str, memory_mb: int) -> PlaygroundError:
    """The error of a launch that ended in this refusal."""
    words = refused.words
    if _NO_IMAGE.search(words) and refused.is_gone:
        return image_missing(image)
    if _NO_COMMAND.search(words):
        return UnitMissing(f"The image {image} cannot be started as a page; run `make images`.")
    if _DISK_FULL.search(words):
        return NoCapacity(
            "The disk of the Docker engine is full. Free some space (`docker system df` shows "
            "what takes it), then try again."
        )
    if _NO_MEMORY_FOR_PAGE.search(words):
        return UnitOutOfMemory(out_of_memory(memory_mb, "The page"))
    if _NO_MEMORY.search(words):
        return NoCapacity("The machine is out of memory. Stop a session, then try again.")
    return refused


def meaning_for_app(refused: EngineRefused, *, image: str, memory_mb: int) -> PlaygroundError:
    """The same, of an app that is an image of somebody else's."""
    if refused.is_gone and _NO_IMAGE.search(refused.words):
        return UnitMissing(
            f"There is no image {image} on this machine; pull or build it, or name another one as "
            "app.image of the scenario."
        )
    return meaning(refused, image=image, memory_mb=memory_mb)


def network_refusal(refused: EngineRefused, *, subnet: str) -> PlaygroundError:
    """The error of a network that cannot be made."""
    if _SUBNET_TAKEN.search(refused.words):
        return LaunchFailed(
            f"The addresses {subnet}, meant for a page, are used by another network of this "
            "machine. Choose a free range with PLAYGROUND_PAGE_SUBNETS."
        )
    if _NO_SUBNETS.search(refused.words):
        return NoCapacity(
            "The Docker engine has no addresses left for another network. Remove unused ones "
            "(`docker network prune`), then try again."
        )
    return refused


def image_missing(image: str) -> UnitMissing:
    """The error for a page image that is not there."""
    return UnitMissing(
        f"There is no image {image} on this machine; run `make images`, or name another one with "
        "PLAYGROUND_PAGE_IMAGE."
    )


def out_of_memory(memory_mb: int, who: str = "it") -> str:
    """The words for a page that needed more than it may have."""
    return f"{who} used more than its {memory_mb} MiB; raise limits.memory_mb of the scenario"
