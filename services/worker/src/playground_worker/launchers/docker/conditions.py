"""Why a page's container ended, in words a person can act on."""

from collections.abc import Mapping
from typing import Any

from playground_worker.launchers.docker.refusals import out_of_memory
from playground_worker.launchers.last_words import exit_words, log_words, without_paths
from playground_worker.launchers.protocol import Condition

GONE = Condition(alive=False, cause="its container was removed")
_SIGNALLED = 128


def condition_of(inspected: Mapping[str, Any], log_end: str) -> Condition:
    """How a container that does not run ended, from the engine's record and the log's end."""
    state = inspected["State"]
    if state.get("OOMKilled"):
        memory_mb = inspected["HostConfig"]["Memory"] // (1024 * 1024)
        return Condition(alive=False, cause=out_of_memory(memory_mb), out_of_memory=True)
    if state["Status"] == "created":
        return Condition(alive=False, cause="its container was never started")
    parts = [exit_words(_as_subprocess(state["ExitCode"])), log_words(log_end)]
    if state.get("Error"):
        parts.insert(1, f"the Docker engine says: {without_paths(state['Error'])}")
    return Condition(alive=False, cause="; ".join(part for part in parts if part))


def _as_subprocess(code: int) -> int:
    """A shell, and so the engine, adds 128 to the number of the signal."""
    return _SIGNALLED - code if _SIGNALLED < code < _SIGNALLED + 65 else code
