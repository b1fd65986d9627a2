"""What a page's widgets hold, as their server knows it, and what each party believes they hold.

A browser's tab sends the states of all its widgets with every run. One that equals what the tab was
told last, while somebody else has set another, is stale; one that differs from it is a person's
edit, and wins.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

from playground.errors import InvalidRequest
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.tree import Node, Tree
from playground_gateway.bridge.widgets.catalogue import Widget, widget_of

_ON_ITS_WAY_S = 1.0
"""For so long after a party was told a new value, the one before is taken for stale as well: its
message may have been under way."""

_TRIGGERS = frozenset(
    {"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"}
)

Clock = Callable[[], float]


def is_trigger(state: Proto) -> bool:
    """Whether that WidgetState starts something once: a click, a chat's message."""
    return state.WhichOneof("value") in _TRIGGERS


def same(one: Proto | None, other: Proto | None) -> bool:
    """Whether two WidgetStates say the same."""
    return one is not None and other is not None and one == other


def default_of(widget: Widget, state_class: Any) -> Proto | None:
    """What the widget holds before anybody has touched it; None where that cannot be said."""
    return _written(widget, state_class, forced=False)


def given_by_app(widget: Widget, state_class: Any) -> Proto | None:
    """The value that the app itself has just given it; None where that cannot be said."""
    return _written(widget, state_class, forced=True)


def _written(widget: Widget, state_class: Any, *, forced: bool) -> Proto | None:
    state: Proto = state_class()
    state.id = widget.id
    with suppress(InvalidRequest, ValueError, TypeError, AttributeError, OverflowError):
        widget.kind.write(widget.body, widget.kind.value(widget.body, forced=forced), state)
        return state
    return None


def _says_nothing(state: Proto) -> bool:
    """Whether it is what a widget sends of itself before anybody has used it."""
    match state.WhichOneof("value"):
        case None:
            return True
        case "file_uploader_state_value":
            return not state.file_uploader_state_value.uploaded_file_info
        case "string_value" | "json_value" as name:
            return _is_empty(getattr(state, name))
        case _:
            return False


def _is_empty(text: str) -> bool:
    """Whether a text is nothing, or JSON that holds nothing."""
    try:
        return _holds_nothing(json.loads(text)) if text else True
    except ValueError:
        return False


def _holds_nothing(value: Any) -> bool:
    if isinstance(value, dict):
        value = list(cast(dict[str, Any], value).values())
    if isinstance(value, list):
        return all(_holds_nothing(one) for one in cast(list[Any], value))
    return value is None


@dataclass
class _Belief:
    state: Proto | None
    before: Proto | None = None
    """What it held until it was told, or what it may show although it said *state*."""
    told_at: float = float("-inf")
    sure: bool = True


@dataclass
class Beliefs:
    """What one party believes the widgets hold; of those that are not here, their defaults."""

    clock: Clock = time.monotonic
    _known: dict[str, _Belief] = field(default_factory=dict[str, _Belief])

    def is_edit(self, state: Proto, default: Proto | None) -> bool:
        """Whether the party has changed that widget, rather than not heard of a change."""
        belief = self._known.get(state.id)
        if belief is None:
            self._known[state.id] = _Belief(state)
            return not (_says_nothing(state) if default is None else state == default)
        late = self.clock() - belief.told_at < _ON_ITS_WAY_S
        if same(state, belief.state) or ((late or not belief.sure) and same(state, belief.before)):
            return False
        # What it was told a moment ago may reach it after it said this, and be what it shows then.
        self._known[state.id] = _Belief(state, belief.state if late else None, sure=not late)
        return True

    def is_of(self, held: Proto, default: Proto | None) -> bool:
        """Whether it believes that the widget holds *held*."""
        belief = self._known.get(held.id)
        if belief is None:
            return same(held, default)
        return belief.sure and same(held, belief.state)

    def told(self, state: Proto, default: Proto | None) -> None:
        """It is told, on its next message, that a widget holds that."""
        before = self._known.get(state.id)
        self._known[state.id] = _Belief(state, before.state if before else default, self.clock())

    def keep(self, ids: set[str]) -> None:
        """Forget the widgets that are not on the page any more."""
        self._known = {one: belief for one, belief in self._known.items() if one in ids}


class Held:
    """The widgets' states as the server knows them; of those that are not here, their defaults."""

    def __init__(self) -> None:
        self.states: dict[str, Proto] = {}

    def of(self, widget_id: str) -> Proto | None:
        """The state that somebody has set, the app included."""
        return self.states.get(widget_id)

    def put(self, state: Proto) -> None:
        """A party has set it."""
        self.states[state.id] = state

    def set_by_app(self, widget: Widget, state_class: Any) -> Proto | None:
        """The app has set it; the state that it has now."""
        given = given_by_app(widget, state_class)
        if given is None:
            self.states.pop(widget.id, None)
        else:
            self.states[widget.id] = given
        return given

    def keep(self, ids: set[str]) -> None:
        """Forget the widgets that are not on the page any more: they begin anew."""
        self.states = {one: state for one, state in self.states.items() if one in ids}


def ids_on(tree: Tree) -> set[str]:
    """The widgets of a page."""
    return {getattr(node.body, "id", "") for node in tree}


def is_emptied(widget: Widget, tree: Tree) -> bool:
    """Whether the widget is in a form that is cleared when somebody has submitted it."""
    if not widget.form:
        return False
    forms = (node.body for node in tree if node.kind == "form")
    return any(form.form_id == widget.form and form.clear_on_submit for form in forms)


def widget_that_is_set(node: Node) -> Widget | None:
    """The widget that an element is, where it holds a value."""
    widget = widget_of(node)
    return widget if widget is not None and widget.kind.acts in ("set", "upload") else None
