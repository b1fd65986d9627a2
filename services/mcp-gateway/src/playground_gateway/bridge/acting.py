"""One action on a page: widgets set, a button clicked, another page; one run of its script.

Everything is checked against the page as it is now before anything is sent.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from playground.errors import InvalidRequest
from playground_gateway.bridge.client import PageClient
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.shown.actions import widget_named, widgets
from playground_gateway.bridge.shown.pages import page_hash
from playground_gateway.bridge.tree import Node
from playground_gateway.bridge.values import put_files
from playground_gateway.bridge.widgets.catalogue import Widget


@dataclass(frozen=True)
class Action:
    """What is wanted; all of it happens in one run."""

    set: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """By a widget's key or label: its new value."""
    click: str | None = None
    page: str | None = None
    query: str | None = None


async def say(client: PageClient, box: Widget, text: str) -> None:
    """Send a chat's message, with the files that were given to its box; the run has begun then.

    Raises InvalidRequest, PageLost.
    """
    state, _ = written(client, box, text)
    files = client.values.files_of(box)
    if files:
        put_files(files, state.chat_input_value.file_uploader_state)
    await client.rerun([state], fragment_id=box.node.fragment_id)
    client.values.drop_files(box)


@dataclass
class _Sending:
    """What one run takes along."""

    states: list[Proto] = field(default_factory=list[Proto])
    touched: list[Widget] = field(default_factory=list[Widget])
    submits: str = ""
    """The form whose button is clicked."""
    page_hash: str | None = None


async def act(client: PageClient, action: Action) -> bool:
    """Do it; returns when the run has begun: whether there is one.

    Fields of a form alone begin none: they wait for its button, as in a browser. Raises
    InvalidRequest where the page does not offer that, PageLost.
    """
    sending = _checked(client, action)
    if sending is None:
        client.state.tree.rev += 1
        return False
    fragments = {widget.node.fragment_id for widget in sending.touched}
    alone = len(fragments) == 1 and sending.page_hash is None and action.query is None
    await client.rerun(
        sending.states,
        fragment_id=fragments.pop() if alone else "",
        page_hash=sending.page_hash,
        query=action.query,
    )
    if sending.submits:
        _after_submitting(client, sending.submits)
    return True


def _checked(client: PageClient, action: Action) -> _Sending | None:
    """All that the run takes along; None where there is no run, only fields that wait."""
    clicked = _clicked(client, action.click)
    changes = [(widget_named(client.state.tree, name), value) for name, value in action.set.items()]
    if len({widget.id for widget, _ in changes}) < len(changes):
        raise InvalidRequest("One widget is set twice, by its key and by its label.")
    prepared = [(widget, *written(client, widget, value)) for widget, value in changes]
    sending = _Sending()
    if isinstance(clicked, Node):
        sending.page_hash = clicked.body.page_script_hash
    if action.page is not None:
        sending.page_hash = page_hash(client.state, action.page)
    waiting = False
    for widget, state, value in prepared:
        client.values.remember(widget, value)
        if widget.form:
            client.values.wait(widget, state)
            waiting = True
        else:
            sending.states.append(state)
            sending.touched.append(widget)
    if isinstance(clicked, Widget):
        _click(client, clicked, sending)
    runs = sending.touched or action.click or sending.page_hash or action.query is not None
    return None if waiting and not runs else sending


def written(client: PageClient, widget: Widget, value: Any) -> tuple[Proto, Any]:
    """The WidgetState that gives *widget* that value, and the value as it is shown then.

    Raises InvalidRequest.
    """
    _refuse_disabled(widget)
    state: Proto = client.link.definitions.state_class()
    state.id = widget.id
    return state, widget.kind.write(widget.body, value, state)


def _refuse_disabled(widget: Widget) -> None:
    if widget.disabled:
        raise InvalidRequest(f"{widget.label or widget.key!r} is disabled now.")


def _clicked(client: PageClient, name: str | None) -> Widget | Node | None:
    """The button of that name, or the link to a page."""
    if name is None:
        return None
    for node in client.state.tree:
        if node.kind == "page_link" and node.body.label == name and not node.body.external:
            return node
    widget = widget_named(client.state.tree, name)
    if widget.kind.acts != "click":
        raise InvalidRequest(
            f"{name[:200]!r} is a {widget.type}, which is not clicked: give it a value in `set`."
        )
    _refuse_disabled(widget)
    return widget


def _click(client: PageClient, button: Widget, sending: _Sending) -> None:
    if button.submits:
        sending.states += client.values.waiting_in(button.form)
        sending.submits = button.form
    state, _ = written(client, button, True)
    sending.states.append(state)
    sending.touched.append(button)


def _after_submitting(client: PageClient, form: str) -> None:
    """A form that is cleared shows its defaults again, and sends them when it is submitted next."""
    client.values.submitted(form)
    block = next(
        (n for n in client.state.tree if n.kind == "form" and n.body.form_id == form), None
    )
    if block is None or not block.body.clear_on_submit:
        return
    for widget in widgets(client.state.tree):
        if widget.form != form or widget.kind.acts != "set" or widget.disabled:
            continue
        with suppress(InvalidRequest):  # a default that nobody could choose
            state, value = written(client, widget, widget.kind.value(widget.body, forced=False))
            client.values.remember(widget, value)
            client.values.wait(widget, state)
