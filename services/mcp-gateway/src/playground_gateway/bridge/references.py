"""Big messages that a server has sent before, to which it now only refers.

Streamlit up to 1.45 counts on a client that keeps such messages for the next runs: it sends
`ref_hash` in their place. Later ones refer only where a client says what it has kept.
"""

from dataclasses import dataclass

from playground_gateway.bridge.definitions import Proto

_KEPT_RUNS = 8
"""Servers forget after two runs by default (`global.maxCachedMessageAge`), and send it whole."""


@dataclass
class _Kept:
    message: Proto
    run: int


class References:
    """The messages of one script session that may be referred to again."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._run = 0

    def resolved(self, message: Proto) -> Proto:
        """The message itself, or the one that it refers to, in its place on the page.

        Raises KeyError where that one is not known.
        """
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            kept = self._kept[message.ref_hash]
            kept.run = self._run
            found: Proto = type(message)()
            found.CopyFrom(kept.message)
            found.metadata.CopyFrom(message.metadata)
            return found
        if kind == "script_finished":
            self._forget()
        elif message.hash and kind == "delta":
            self._kept[message.hash] = _Kept(message, self._run)
        return message

    def _forget(self) -> None:
        self._run += 1
        oldest = self._run - _KEPT_RUNS
        self._kept = {one: kept for one, kept in self._kept.items() if kept.run >= oldest}
