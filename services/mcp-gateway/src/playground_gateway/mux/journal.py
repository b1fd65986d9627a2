"""What a page is now, told from its beginning to a party that comes late: no run is needed for it.

The party is told of one run that sent all that stands on the page. Where a run is going on, its
own beginning follows, and what it has sent so far.
"""

import uuid
from collections.abc import Iterator

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.state import BROKEN, FINISHED, SessionState
from playground_gateway.bridge.tree import Node, Run

_BEFORE_ELEMENTS = (
    "navigation",
    "pages_changed",
    "page_config_changed",
    "page_info_changed",
    "session_status_changed",
    "logo",
)
"""The messages besides elements that a page is made of, by the names of their kinds."""

_OF_ONE_PAGE = ("page_config_changed", "logo")


class Journal:
    """The messages of one script session, in short. It is given each one after its state was."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._begin: Proto | None = None
        self._page_hash = ""

    def note(self, message: Proto) -> None:
        """Take one message of the server."""
        if message.WhichOneof("type") != "new_session":
            return
        self._begin = message
        if self._page_hash != self._state.page_hash:
            for kind in _OF_ONE_PAGE:
                self._state.latest.pop(kind, None)
        self._page_hash = self._state.page_hash

    def replay(self) -> Iterator[Proto]:
        """The page as it is, element by element; nothing before its first run."""
        if self._begin is None:
            return
        run = Run(uuid.uuid4().hex)
        yield of_run(self._begin, run)
        for kind in _BEFORE_ELEMENTS:
            if kind in self._state.latest:
                yield self._state.latest[kind]
        for node in self._state.tree:
            yield from _sent(node, run)
        yield self._finished()
        if self._state.running:
            yield from self._running()
        elif self._state.compile_error is not None:
            yield self._state.latest["session_event"]

    def _running(self) -> Iterator[Proto]:
        """What the run that is going on has sent so far."""
        assert self._begin is not None
        yield self._begin
        for node in self._state.tree:
            if node.run_id == self._state.run.id:
                yield from _sent(node, self._state.run)

    def _finished(self) -> Proto:
        assert self._begin is not None
        message: Proto = type(self._begin)()
        statuses = message.DESCRIPTOR.fields_by_name["script_finished"].enum_type.values_by_name
        ended = BROKEN if self._state.compile_error is not None else FINISHED
        message.script_finished = statuses[ended].number
        return message


def _sent(node: Node, run: Run) -> Iterator[Proto]:
    yield of_run(node.message, run)
    for message in node.rows:
        yield of_run(message, run)
    if node.passing_by is not None:
        yield of_run(node.passing_by, run)


def of_run(message: Proto, run: Run) -> Proto:
    """A copy of the message as *run* would have sent it."""
    copy: Proto = type(message)()
    copy.CopyFrom(message)
    if message.WhichOneof("type") == "new_session" and _has(copy.new_session, "script_run_id"):
        copy.new_session.script_run_id = run.id
        copy.new_session.ClearField("fragment_ids_this_run")
        copy.new_session.fragment_ids_this_run.extend(run.fragments)
    if _has(copy.metadata, "run"):
        copy.metadata.run.script_run_id = run.id
        copy.metadata.run.ClearField("fragment_ids")
        copy.metadata.run.fragment_ids.extend(run.fragments)
    return copy


def _has(message: Proto, name: str) -> bool:
    return name in message.DESCRIPTOR.fields_by_name
