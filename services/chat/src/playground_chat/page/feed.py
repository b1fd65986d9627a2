"""The one follower of the conversation in a page process: reads the backend, writes the board."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from httpx_sse import ServerSentEvent

from playground_chat.page.backend_client import BackendAway, ChatBackend, Json, Refused
from playground_chat.page.board import Board, Link, Live, Pending, Picture

log = logging.getLogger(__name__)

MAYBE_LOST = "The chat service was restarted, and this may be lost. Please send it again if so."
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 2.0
# Who opens a page without a session asks for it (`look_again`); this is for one opened early.
_UNSEEN_PAUSE_S = 10.0
# A line that held this long was a good one: when it breaks, the next try is made at once.
_STEADY_S = 3.0
_NO_SESSION_YET = "session_not_ready"
_OVER = ("unauthorized", "forbidden", "session_not_found", "session_ended")


class Feed:
    """Follows the conversation for the life of the process, whatever becomes of the backend.

    *settled* is called after each change that may let something waiting go on: the backend is
    back, a turn has ended. It must not block.
    """

    def __init__(self, backend: ChatBackend, board: Board, settled: Callable[[], None]) -> None:
        self._backend = backend
        self._board = board
        self._settled = settled
        self._stop = threading.Event()
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Let the follower end at the next event or break of the line."""
        self._stop.set()
        self._wanted.set()

    def look_again(self) -> None:
        """Somebody looks at the page, so it may have been given its session: ask at once."""
        self._board.change(lambda p: _linked(p, Link.CONNECTING))
        self._wanted.set()

    def _run(self) -> None:
        pause_s = 0.0
        while True:
            self._wanted.wait(pause_s)
            self._wanted.clear()
            if self._stop.is_set():
                return
            began = time.monotonic()
            try:
                self._follow()
            except BackendAway as error:
                log.info("the chat backend is away: %s", error)
            except Refused as error:
                self._refused(error)
            except Exception:  # a follower that died would leave the page dumb for ever
                log.exception("following the conversation failed; starting over")
                self._board.change(lambda p: _linked(p, Link.AWAY))
            steady = time.monotonic() - began > _STEADY_S
            pause_s = 0.0 if steady else min(max(pause_s * 2, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
            if self._board.picture.link is Link.WAITING:
                pause_s = _UNSEEN_PAUSE_S

    def _follow(self) -> None:
        try:
            page = self._backend.page()
        except BackendAway:
            self._board.change(lambda p: _linked(p, Link.AWAY))
            raise
        self._board.change(lambda p: _begun(p, page))
        self._settled()
        for event in self._backend.events(str(page.get("cursor") or "0-0")):
            if self._stop.is_set():
                return
            self._take(event)

    def _refused(self, error: Refused) -> None:
        if error.code == _NO_SESSION_YET:
            self._board.change(lambda p: _linked(p, Link.WAITING))
            return
        log.warning("the chat backend refused this page: %s", error)
        if error.code in _OVER:
            self._board.change(lambda p: _linked(p, Link.CLOSED))
        else:
            self._board.change(lambda p: _linked(p, Link.AWAY if p.known else Link.CONNECTING))

    def _take(self, event: ServerSentEvent) -> None:
        take = _EVENTS.get(event.event)
        if take is None:
            return
        try:
            data = json.loads(event.data)
        except ValueError:
            log.warning("an event that is not JSON: %s %r", event.event, event.data[:200])
            return
        try:
            self._board.change(lambda p: take(p, data))
        except (AttributeError, KeyError, TypeError):
            log.warning("an event of another shape: %s %r", event.event, event.data[:200])
            return
        if event.event in ("done", "session"):
            self._settled()


def _linked(picture: Picture, link: Link) -> Picture:
    return picture if picture.link is link else replace(picture, link=link)


def _begun(picture: Picture, page: Json) -> Picture:
    """The picture from a whole page as the backend tells it: nothing of an older one is kept."""
    messages: tuple[Json, ...] = tuple(page.get("messages", ()))
    before = {m["id"] for m in picture.messages}
    pending = _still_pending(picture.pending, [m for m in messages if m["id"] not in before])
    if pending and pending.message_id:  # taken, and yet not there: only its writer can tell
        pending = replace(pending, reason=MAYBE_LOST, refused=True, uncertain=True, message_id="")
    return replace(
        picture.with_session(page["session"]),
        link=Link.HERE,
        scenario=page["scenario"],
        way_back=str(page.get("way_back") or ""),
        export=str(page.get("export") or ""),
        live=Live(messages[-1]["turn"]) if page.get("running") and messages else None,
        messages=messages,
        problems={**picture.problems, **page.get("problems", {})},
        pending=pending,
    )


def _still_pending(pending: Pending | None, new: Iterable[Json]) -> Pending | None:
    """What is left of the pending message now that *new* ones are in the conversation.

    A message whose answer has not come, or was lost, is known by its text: sending it again
    because of a broken line would say it twice. A wish for a new answer is known by what it
    replaces.
    """
    if pending is None:
        return None
    unanswered = pending.uncertain or pending.on_its_way
    for message in new:
        mine = message["id"] == pending.message_id
        same = message["door"] == "page" and (
            bool(message.get("replaces"))
            if pending.anew
            else message["content"].strip() == pending.text.strip()
        )
        if message["role"] == "user" and (mine or (unanswered and same)):
            return None
    return pending


def _has(picture: Picture, message_id: str) -> bool:
    return any(m["id"] == message_id for m in reversed(picture.messages))


def _with_message(picture: Picture, message: Json | None) -> Picture:
    if message is None or _has(picture, message["id"]):
        return picture
    pending = _still_pending(picture.pending, [message])
    replaced = message.get("replaces")
    kept = tuple(m for m in picture.messages if m["turn"] != replaced)
    return replace(picture, messages=(*kept, message), pending=pending)


def _live(picture: Picture, data: Json) -> Live:
    """The turn that the event is of, as far as it has come."""
    live = picture.live
    return live if live is not None and live.turn == data["turn"] else Live(data["turn"])


def _turn(picture: Picture, data: Json) -> Picture:
    return _with_message(replace(picture, live=_live(picture, data)), data.get("message"))


def _token(picture: Picture, data: Json) -> Picture:
    live = _live(picture, data)
    return replace(picture, live=replace(live, text=live.text + data["text"]))


def _tool(picture: Picture, data: Json, *, ended: bool) -> Picture:
    live = _live(picture, data)
    told = {**data["tool"], "ended": ended}
    calls = {call["id"]: call for call in live.tools}
    calls[told["id"]] = {**calls.get(told["id"], {}), **told}
    return replace(picture, live=replace(live, tools=tuple(calls.values())))


def _warning(picture: Picture, data: Json) -> Picture:
    told: Any = data.get("warning")
    known = cast(Json, told) if isinstance(told, Mapping) else {"detail": told}
    words = str(known.get("detail") or "")
    if not words:
        return picture
    return replace(picture, warnings={**picture.warnings, data["turn"]: words})


def _problem(picture: Picture, data: Json) -> Picture:
    problem: Json = data.get("problem") or {}
    detail = str(problem.get("detail", ""))
    return replace(picture, problems={**picture.problems, data["turn"]: detail})


def _done(picture: Picture, data: Json) -> Picture:
    live = picture.live
    over = live is not None and live.turn == data["turn"]
    return _with_message(replace(picture, live=None if over else live), data.get("message"))


def _session(picture: Picture, data: Json) -> Picture:
    return picture.with_session(data)


_EVENTS: Mapping[str, Callable[[Picture, Json], Picture]] = {
    "turn": _turn,
    "token": _token,
    "tool_start": partial(_tool, ended=False),
    "tool_end": partial(_tool, ended=True),
    "warning": _warning,
    "error": _problem,
    "done": _done,
    "session": _session,
}
