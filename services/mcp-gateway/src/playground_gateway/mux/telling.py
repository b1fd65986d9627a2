"""How each party is told a message: with the values that others set, and without the secret."""

import logging
import secrets
from collections.abc import Iterable
from typing import Any

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.state import SessionState
from playground_gateway.bridge.tree import Node
from playground_gateway.mux.held import (
    Held,
    default_of,
    is_emptied,
    widget_that_is_set,
)
from playground_gateway.mux.party import Party
from playground_gateway.mux.showing import can_show, showing

log = logging.getLogger(__name__)

_FOR_THE_ONE_WHO_ASKED = "file_urls_response"
_RUN_BY_THE_PAGE = frozenset({"auto_rerun", "stop_auto_rerun"})
"""Fragments that run every few seconds are run once, for everybody."""


class Teller:
    """Tells parties what a script session's server has said."""

    def __init__(self, state: SessionState, held: Held) -> None:
        self.public_id = secrets.token_urlsafe(18)
        """What browsers are told in the place of the script session's id."""
        self.askers: dict[str, Party] = {}
        """Who has asked where to put a file, by the request's id."""
        self._state = state
        self._held = held

    def tell(self, parties: Iterable[Party], message: Proto, state_class: Any) -> None:
        """Tell all of them that message, which the page's state has taken already."""
        match message.WhichOneof("type"):
            case kind if kind in _RUN_BY_THE_PAGE:
                return
            case "delta":
                self._tell_delta(parties, message, state_class)
            case "file_urls_response":
                asker = self.askers.pop(message.file_urls_response.response_id, None)
                if asker is not None:
                    asker.tell(self._masked(asker, message))
            case _:
                for party in parties:
                    party.tell(self._masked(party, message))

    def retell(self, party: Party, message: Proto, state_class: Any) -> None:
        """Tell one who comes late what stands on the page, whatever it may believe."""
        if message.WhichOneof("type") == "delta":
            self._tell_delta([party], message, state_class, late=True)
        else:
            party.tell(self._masked(party, message))

    def forget(self, party: Party) -> None:
        """The party is gone."""
        self.askers = {one: asker for one, asker in self.askers.items() if asker is not party}

    def _tell_delta(
        self, parties: Iterable[Party], message: Proto, state_class: Any, *, late: bool = False
    ) -> None:
        node = self._state.tree.find(tuple(message.metadata.delta_path))
        told: Proto | None = None
        held: Proto | None = None
        default: Proto | None = None
        if node is not None and message.delta.WhichOneof("type") == "new_element":
            held, default = self._held_by(node, state_class)
        for party in parties:
            if held is None or (not late and party.beliefs.is_of(held, default)):
                party.tell(message)
                continue
            told = told or _with_value(message, held)
            party.tell(told)
            party.beliefs.told(held, default)

    def _held_by(self, node: Node, state_class: Any) -> tuple[Proto | None, Proto | None]:
        """What a widget holds that can be shown, and its default; nothing where there is none."""
        widget = widget_that_is_set(node)
        held = None if widget is None else self._held.of(widget.id)
        if widget is None or held is None or not can_show(widget.body):
            return None, None
        if is_emptied(widget, self._state.tree):
            return None, None
        return held, default_of(widget, state_class)

    def _masked(self, party: Party, message: Proto) -> Proto:
        """Whoever has the script session's id can take it over: no browser is told."""
        kind = message.WhichOneof("type")
        if not party.human or kind not in ("new_session", _FOR_THE_ONE_WHO_ASKED):
            return message
        masked: Proto = type(message)()
        masked.CopyFrom(message)
        if kind == "new_session":
            masked.new_session.initialize.session_id = self.public_id
        for urls in masked.file_urls_response.file_urls if kind != "new_session" else ():
            for name in ("upload_url", "delete_url"):
                url: str = getattr(urls, name)
                setattr(urls, name, url.replace(self._state.session_id, self.public_id))
        return masked


def _with_value(message: Proto, held: Proto) -> Proto:
    """As it came where it cannot be shown: one widget never breaks a page's stream."""
    try:
        return showing(message, held) or message
    except Exception:
        log.exception("a widget's value could not be shown")
        return message
