"""What can be done on a page: its widgets as data, and found by the names that readers use."""

from collections.abc import Iterator
from typing import Any

from playground.errors import InvalidRequest
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.shown.tables import table_of
from playground_gateway.bridge.tree import Tree
from playground_gateway.bridge.values import Values
from playground_gateway.bridge.widgets.catalogue import Widget, cell_buttons_of, widget_of
from playground_gateway.bridge.widgets.kind import has_field
from playground_gateway.bridge.widgets.plain import is_password

HIDDEN = "••••••"
LONGEST_ARGS = 2_000
"""Characters of what a custom component is given."""
LONGEST_HINT = 500
MOST_OPTIONS = 200
"""Of a widget with more, the first ones are listed and the others counted."""
_TYPED = ("text_input", "text_area", "number_input")
"""Widgets whose placeholder says what to put in; that of others says that there is something."""


def widgets(tree: Tree) -> Iterator[Widget]:
    """The page's widgets, in the order of the screen."""
    for node in tree:
        widget = widget_of(node)
        if widget is not None:
            yield widget
        yield from cell_buttons_of(node)


def actions(tree: Tree, values: Values) -> list[dict[str, Any]]:
    """Each widget: `{key, type, label, value, value_schema, options?, form?, disabled?}`."""
    return [_action(widget, values) for widget in widgets(tree)]


def widget_named(tree: Tree, name: str) -> Widget:
    """The widget of that key, or with that label if no other has it. Raises InvalidRequest."""
    there = list(widgets(tree))
    for widget in there:
        if name in (widget.key, widget.id):
            return widget
    labelled = [widget for widget in there if widget.label == name]
    if len(labelled) == 1:
        return labelled[0]
    if labelled:
        keys = ", ".join(repr(widget.key) for widget in labelled)
        raise InvalidRequest(f"{len(labelled)} widgets are labelled {name[:200]!r}: use {keys}.")
    keys = ", ".join(repr(widget.key) for widget in there[:50]) or "none"
    raise InvalidRequest(
        f"There is no {name[:200]!r} on the page now; it may have gone with the last run. "
        f"There are: {keys}."
    )


def shown_value(widget: Widget, values: Values) -> Any:
    """What the widget holds, as a person sees it: of a password, that there is one."""
    value = values.of(widget)
    return HIDDEN if value and is_password(widget.body) else value


def _action(widget: Widget, values: Values) -> dict[str, Any]:
    schema = widget.schema
    told: dict[str, Any] = {
        "key": widget.key,
        "type": widget.type,
        "label": widget.label,
        "value": shown_value(widget, values),
        "value_schema": schema,
    }
    told |= _hints(widget)
    options = _options(schema)
    if options:
        told["options"] = options[:MOST_OPTIONS]
        if len(options) > MOST_OPTIONS:
            told["more_options"] = len(options) - MOST_OPTIONS
        told["value_schema"] = _without_options(schema)
    if widget.form:
        told["form"] = widget.form
    if widget.disabled:
        told["disabled"] = True
    if widget.type == "component":
        told["args"] = _args(widget.body)
    if widget.type == "dataframe" and (table := table_of(widget.node)) is not None:
        told["label"] = told["label"] or f"table of {', '.join(table.columns)}"
    return told


def _hints(widget: Widget) -> dict[str, Any]:
    """What an app says beside the label: its `help`, the `placeholder`, an option's caption."""
    body = widget.body
    hints: dict[str, Any] = {}
    for name in ("help", "placeholder"):
        said = str(getattr(body, name, ""))[:LONGEST_HINT]
        if said and said != widget.label and (name == "help" or widget.type in _TYPED):
            hints[name] = said
    if captions := list(getattr(body, "captions", ()))[:MOST_OPTIONS]:
        hints["captions"] = captions
    return hints


def _args(component: Proto) -> str:
    """What an app has given to a custom component, as far as it is told in JSON."""
    name = "json_args" if has_field(component, "json_args") else "json"
    return getattr(component, name)[:LONGEST_ARGS]


def _options(schema: dict[str, Any]) -> list[Any]:
    """The values of an enum, wherever in the schema it stands."""
    if "enum" in schema:
        return schema["enum"]
    inner: list[dict[str, Any]] = schema.get("anyOf", [])
    if isinstance(schema.get("items"), dict):
        inner = [schema["items"]]
    for one in inner:
        if found := _options(one):
            return found
    return []


def _without_options(schema: dict[str, Any]) -> dict[str, Any]:
    """They are listed beside it already."""
    rest = {name: value for name, value in schema.items() if name != "enum"}
    if isinstance(rest.get("items"), dict):
        rest["items"] = _without_options(rest["items"])
    if "anyOf" in rest:
        rest["anyOf"] = [_without_options(one) for one in rest["anyOf"]]
    return rest
