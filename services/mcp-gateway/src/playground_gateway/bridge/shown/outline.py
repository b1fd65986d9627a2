"""A page as compact text: what it says, where its widgets are, what its tables begin with."""

import json
from collections.abc import Iterator
from typing import Any

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.shown.actions import shown_value
from playground_gateway.bridge.shown.data import data_kind, drawn_by, ref_of
from playground_gateway.bridge.shown.tables import Table, table_shown
from playground_gateway.bridge.shown.words import LONGEST, enum_name, said_by
from playground_gateway.bridge.tree import BOTTOM, EVENT, MAIN, SIDEBAR, Node, Tree
from playground_gateway.bridge.values import Values
from playground_gateway.bridge.widgets.catalogue import Widget, cell_buttons_of, widget_of
from playground_gateway.bridge.widgets.kind import has_field

PREVIEW_ROWS = 5
LONGEST_OUTLINE = 60_000
_ROOTS = {MAIN: "", SIDEBAR: "[sidebar]", EVENT: "[over the page]", BOTTOM: "[bottom]"}
_INDENT = "  "
_STARTS = ("button_column", "menu_button")
"""Widgets that start something by one of several values, and hold none."""


def outline(tree: Tree, values: Values, since_rev: int = 0) -> str:
    """The page, or what of it has changed since that revision."""
    lines: list[str] = []
    for root, title in _ROOTS.items():
        below = list(_lines(tree.roots.get(root, {}), values, since_rev, title and _INDENT))
        lines += [title, *below] if title and below else below
    text = "\n".join(lines)
    if len(text) > LONGEST_OUTLINE:
        text = f"{text[:LONGEST_OUTLINE]}\n… the page goes on; app_data gives its parts"
    return text


def _lines(siblings: dict[int, Node], values: Values, since_rev: int, indent: str) -> Iterator[str]:
    for index in sorted(siblings):
        node = siblings[index]
        if not node.is_block:
            if node.rev > since_rev:
                yield from _indented(_element(node, values), indent)
            continue
        widget = widget_of(node)
        title = _container(node) if widget is None else _opened(widget)
        below = list(_lines(node.children, values, since_rev, indent + (_INDENT if title else "")))
        if title and (below or node.rev > since_rev):
            yield from _indented(title, indent)
        yield from below


def _element(node: Node, values: Values) -> str:
    said = _widget(widget, values) if (widget := widget_of(node)) is not None else ""
    table = table_shown(node, values)
    if table is not None:
        buttons = [_widget(one, values) for one in cell_buttons_of(node)]
        said = "\n".join([*filter(None, [said]), *buttons, _table(node, table)])
    elif not said:
        said = _cut(said_by(node), node)
        if data_kind(node) in ("chart", "media"):
            said = _with_ref(said, node)
    elif data_kind(node) is not None:
        said = _with_ref(said, node)
    passing = [f"[busy] {one.spinner.text}" for one in node.passing if one.HasField("spinner")]
    return "\n".join([*passing, *([said] if said else [])])


def _widget(widget: Widget, values: Values) -> str:
    state = ", disabled" if widget.disabled else ""
    label = f" {widget.label}" if widget.label else ""
    if widget.kind.acts != "set" or widget.type in _STARTS:
        return f"[{widget.type} {widget.key}{state}]{label}"
    value = json.dumps(shown_value(widget, values), ensure_ascii=False)
    return f"[{widget.type} {widget.key}{state}]{label} = {value[:500]}"


def _opened(widget: Widget) -> str:
    """The line above what is in a container that its app is told of when it is opened."""
    if widget.kind.acts == "click":
        return f"[{widget.type} {widget.key}] {widget.label} (a click on it closes it)"
    value = json.dumps(widget.kind.value(widget.body, forced=False), ensure_ascii=False)
    return f"[{widget.type} {widget.key}] {widget.label} open: {value}".replace("  ", " ")


def _table(node: Node, table: Table) -> str:
    rows = table.of_rows or table.rows
    head = f"[table {ref_of(node)}] {rows} rows of {len(table.columns)} columns"
    lines = [_row(table.columns), *(_row(row) for row in table.page(0, PREVIEW_ROWS))]
    if rows > PREVIEW_ROWS:
        lines.append(f"… {rows - PREVIEW_ROWS} more rows by app_data")
    return "\n".join([head, *lines])


def _row(cells: list[Any]) -> str:
    texts = [cell if isinstance(cell, str) else json.dumps(cell) for cell in cells]
    return "| " + " | ".join(text.replace("\n", " ")[:80] for text in texts) + " |"


def _cut(text: str, node: Node) -> str:
    if len(text) <= LONGEST:
        return text
    rest = f"{len(text) - LONGEST} more characters"
    return f"{text[:LONGEST]}… [{rest}{f': app_data {ref_of(node)}' if data_kind(node) else ''}]"


def _with_ref(said: str, node: Node) -> str:
    drawn = drawn_by(node)
    if drawn:
        said = f"{said} {drawn}"
    return f"{said} (app_data {ref_of(node)})".strip()


def _container(node: Node) -> str:
    """The line above what is in a container; containers that show nothing themselves have none."""
    body = node.body
    match node.kind:
        case "expandable":
            return f"[{_folded(body)}] {body.label}"
        case "tab":
            return f"[tab] {body.label}"
        case "form":
            return f"[form {body.form_id}]"
        case "chat_message":
            return f"[{body.name or 'message'} says]"
        case "popover":
            return f"[popover] {body.label}"
        case "dialog":
            return f"[dialog] {body.title}"
        case _:
            return ""


def _folded(body: Proto) -> str:
    """An expander, or how far a status is: it is one whose icon, or state, says so."""
    if has_field(body, "state") and body.state:
        return f"status: {enum_name(body, 'state')}"
    return "status: running" if body.icon == "spinner" else "expander"


def _indented(text: str, indent: str) -> Iterator[str]:
    for line in text.split("\n") if text else ():
        yield indent + line
