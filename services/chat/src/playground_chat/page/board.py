"""What the page shows right now: one picture, shared by every open tab, replaced at each change."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

Json = Mapping[str, Any]


class Link(Enum):
    """How the page stands with the chat backend."""

    CONNECTING = "connecting"
    WAITING = "waiting"
    """The backend knows this page, and has no session for it yet."""
    HERE = "here"
    AWAY = "away"
    CLOSED = "closed"
    """The backend does not know this page's token any more: its session is over."""


@dataclass(frozen=True)
class Live:
    """The turn that is running, and what the assistant has said in it so far."""

    turn: str
    text: str = ""
    tools: tuple[Json, ...] = ()
    """Its tool calls so far; those that have an answer are `ended`."""


@dataclass(frozen=True)
class Pending:
    """A message that was typed and is not yet in the conversation, or a wish for a new answer."""

    text: str
    reason: str = ""
    """Why it is still here, in words for the person who typed it; empty while it is on its way."""
    refused: bool = False
    """It will not be sent again by itself."""
    uncertain: bool = False
    """It may have arrived, but its answer was lost."""
    message_id: str = ""
    """The backend took it; the feed has yet to show it."""
    anew: bool = False
    """The last question is to be answered anew; there is no text."""

    @property
    def on_its_way(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Picture:
    """Everything a tab draws. `drawing` counts what needs a new drawing, `beat` tokens as well."""

    link: Link = Link.CONNECTING
    session: Json = field(default_factory=dict[str, Any])
    way_back: str = ""
    """The address at which a parked session is woken."""
    export: str = ""
    """The address at which the conversation is had as a file."""
    scenario: Json = field(default_factory=dict[str, Any])
    messages: tuple[Json, ...] = ()
    live: Live | None = None
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why a turn ended without a reply: its id, and words."""
    warnings: Mapping[str, str] = field(default_factory=dict[str, str])
    """What to know of how a turn went: its id, and words."""
    pending: Pending | None = None
    unsaved: Json = field(default_factory=dict[str, Any])
    """What was changed here and is not yet saved: `inputs.<key>`, `model`, `temperature`."""
    unsaved_reason: str = ""
    complaint: str = ""
    """What somebody has asked for at this page and could not be done, in words."""
    models: tuple[Json, ...] = ()
    documents: tuple[Json, ...] = ()
    uploads: Mapping[str, str] = field(default_factory=dict[str, str])
    """Files on their way: name, and words once one could not be taken."""
    drawing: int = 0
    beat: int = 0

    def with_session(self, session: Json) -> "Picture":
        """The picture with *session*, unless it has a newer record: news may overtake another."""
        if session.get("revision", 0) < self.session.get("revision", 0):
            return self
        return replace(self, session=session)

    @property
    def known(self) -> bool:
        """Whether the backend has ever told what this page is about."""
        return bool(self.scenario)

    @property
    def ended(self) -> bool:
        """Whether the session takes no more turns."""
        over = self.session.get("status") in ("stopping", "stopped", "failed")
        return over or self.link is Link.CLOSED

    @property
    def parked(self) -> bool:
        """Whether the session has given this page back: it goes on at another one."""
        return self.session.get("status") == "parked"

    @property
    def busy(self) -> bool:
        """Whether something is about to happen without anybody's doing."""
        on_its_way = self.pending is not None and self.pending.on_its_way
        return self.link is Link.HERE and (self.live is not None or on_its_way)


_SHOWN_OF_SESSION = ("status", "inputs", "model", "temperature", "title", "error")


class Board:
    """Holds the picture. Any thread may change it; script runs wait on it."""

    def __init__(self) -> None:
        self._picture = Picture()
        self._changed = threading.Condition()
        self._redraw: Callable[[], None] = lambda: None

    @property
    def picture(self) -> Picture:
        return self._picture

    def on_redraw(self, redraw: Callable[[], None]) -> None:
        """Call *redraw* after each change that open tabs have to draw anew."""
        self._redraw = redraw

    def change(self, change: Callable[[Picture], Picture]) -> Picture:
        """Replace the picture by what *change* makes of it; the same picture is no change."""
        with self._changed:
            old = self._picture
            new = change(old)
            if new is old:
                return old
            drawing = old.drawing + (_without_text(new) != _without_text(old))
            new = replace(new, drawing=drawing, beat=old.beat + 1)
            self._picture = new
            self._changed.notify_all()
        if new.drawing != old.drawing:
            self._redraw()
        return new

    def wait(self, until: Callable[[Picture], bool], timeout_s: float) -> Picture:
        """The picture as soon as *until* holds for it, or as it is after *timeout_s*."""
        with self._changed:
            self._changed.wait_for(lambda: until(self._picture), timeout_s)
            return self._picture


def _without_text(picture: Picture) -> tuple[object, ...]:
    """What of the picture needs a new drawing: all but the tokens of a running turn."""
    session = {k: picture.session.get(k) for k in _SHOWN_OF_SESSION}
    return (
        picture.link,
        session,
        picture.scenario,
        # Messages are only ever added, or replaced as a whole by a new tuple.
        len(picture.messages),
        picture.messages[-1]["id"] if picture.messages else None,
        picture.live and picture.live.turn,
        picture.problems,
        picture.warnings,
        picture.pending,
        picture.unsaved,
        picture.unsaved_reason,
        picture.complaint,
        picture.models,
        picture.documents,
        picture.uploads,
    )
