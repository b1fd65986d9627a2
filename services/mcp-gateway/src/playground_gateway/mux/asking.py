"""A party's wish for a run, and what of it the page's server is asked in the end."""

from dataclasses import dataclass, field

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.state import SessionState
from playground_gateway.bridge.tree import Tree
from playground_gateway.bridge.widgets.catalogue import Widget, widget_of
from playground_gateway.mux.held import Held, default_of, is_emptied, is_trigger
from playground_gateway.mux.party import Party


@dataclass
class Wish:
    """A rerun that a party has asked for, read when it came: its page may change until its turn."""

    message: Proto
    """The BackMsg."""
    edits: set[str] = field(default_factory=set[str])
    """The widgets that the party has changed."""
    triggers: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing on the page was used for it."""
        return not self.edits and not self.triggers


def read(message: Proto, party: Party, tree: Tree, state_class: type) -> Wish:
    """What *party* wants by that rerun_script."""
    wish = Wish(message)
    nodes = _widgets(tree)
    states = message.rerun_script.widget_states.widgets
    submitted = {_submitted(nodes.get(state.id)) for state in states if is_trigger(state)}
    for state in states:
        if is_trigger(state):
            wish.triggers = True
            continue
        widget = nodes.get(state.id)
        default = None if widget is None else default_of(widget, state_class)
        changed = party.beliefs.is_edit(state, default)
        # Tools send what they set and nothing else; and a form that empties itself shows nobody
        # what others have put into it.
        emptied = widget is not None and widget.form in submitted and is_emptied(widget, tree)
        if changed or emptied or not party.human:
            wish.edits.add(state.id)
    return wish


def asked(wish: Wish, held: Held) -> Proto:
    """The message to the server: what the party has changed, and of the rest what is so."""
    message: Proto = type(wish.message)()
    message.CopyFrom(wish.message)
    wanted = message.rerun_script
    if "cached_message_hashes" in wanted.DESCRIPTOR.fields_by_name:
        wanted.ClearField("cached_message_hashes")  # what one party has kept, others have not
    for state in wanted.widget_states.widgets:
        if is_trigger(state):
            continue
        now = held.of(state.id)
        if state.id in wish.edits:
            kept = type(state)()
            kept.CopyFrom(state)
            held.put(kept)
        elif now is not None:
            state.CopyFrom(now)
    return message


def goes_elsewhere(message: Proto, state: SessionState) -> bool:
    """Whether that rerun_script names another page or query than the ones that are shown."""
    wanted = message.rerun_script
    other = wanted.page_script_hash and wanted.page_script_hash != state.page_hash
    named = wanted.page_name and not wanted.page_script_hash
    if named:
        other = wanted.page_name != _page_name(state)
    return bool(other) or (bool(wanted.query_string) and wanted.query_string != state.query)


def _page_name(state: SessionState) -> str:
    message = state.latest.get("navigation")
    pages = message.navigation.app_pages if message is not None else ()
    for page in pages:
        if page.page_script_hash == state.page_hash:
            return page.url_pathname if "url_pathname" in page.DESCRIPTOR.fields_by_name else ""
    return ""


def _widgets(tree: Tree) -> dict[str, Widget]:
    found = (widget_of(node) for node in tree)
    return {widget.id: widget for widget in found if widget is not None}


def _submitted(button: Widget | None) -> str:
    return button.form if button is not None and button.submits else ""
