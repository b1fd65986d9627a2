"""Which kind of widget each element is, and how it is named.

To add a kind: a class that fulfils `Kind` in the module that it fits, and a line in `_KINDS`.
"""

import re
from dataclasses import dataclass
from typing import Any

from playground_gateway.bridge.columns import buttons_in
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.tree import Node
from playground_gateway.bridge.widgets.choices import Buttons, Feedback, Many, One
from playground_gateway.bridge.widgets.containers import Foldable, Tabs
from playground_gateway.bridge.widgets.editing import Editor
from playground_gateway.bridge.widgets.kind import Kind, has_field
from playground_gateway.bridge.widgets.plain import Check, Color, Number, Text
from playground_gateway.bridge.widgets.ranges import Pagination, Slider
from playground_gateway.bridge.widgets.structured import (
    ChartSelection,
    Component,
    Selection,
    selection_modes,
)
from playground_gateway.bridge.widgets.times import Date, Moment, TimeOfDay
from playground_gateway.bridge.widgets.triggers import Button, CellButtons, Chat, Files, Menu

_KINDS: dict[str, Kind] = {
    "audio_input": Files(".wav"),
    "bidi_component": Component(),
    "button": Button(),
    "button_group": Buttons(),
    "camera_input": Files(".jpg"),
    "chat_input": Chat(),
    "checkbox": Check(),
    "color_picker": Color(),
    "component_instance": Component(),
    "date_input": Date(),
    "date_time_input": Moment(),
    "download_button": Button(),
    "feedback": Feedback(),
    "file_uploader": Files(),
    "menu_button": Menu(),
    "multiselect": Many(),
    "number_input": Number(),
    "pagination": Pagination(),
    "radio": One(),
    "selectbox": One(),
    "slider": Slider(),
    "text_area": Text(),
    "text_input": Text(),
    "time_input": TimeOfDay(),
}
_TABLES = ("dataframe", "arrow_data_frame")
_CHARTS = (
    "plotly_chart",
    "vega_lite_chart",
    "arrow_vega_lite_chart",
    "deck_gl_json_chart",
    "echarts_chart",
)
_NOTHING_SELECTED: dict[str, dict[str, Any]] = {
    "deck_gl_json_chart": {"indices": {}, "objects": {}},
    "echarts_chart": {"selected": [], "areas": []},
    "plotly_chart": {"points": [], "point_indices": [], "box": [], "lasso": []},
}
"""In the charts that do not name what can be selected; a Vega chart names its parameters."""
_COMMANDS = {
    "arrow_data_frame": "dataframe",
    "component_instance": "component",
    "bidi_component": "component",
    "date_time_input": "datetime_input",
    "expandable": "expander",
    "tab_container": "tabs",
}
"""Those that are not called as their elements are."""
_ID = re.compile(r"\$\$[A-Z_]*ID-([0-9a-zA-Z]+)-(.*)", re.DOTALL)


@dataclass(frozen=True)
class Widget:
    """One input on a page."""

    id: str
    """As the protocol names it."""
    key: str
    """As a reader names it: the author's own key, or its kind and some of its id."""
    kind: Kind
    type: str
    node: Node

    @property
    def body(self) -> Proto:
        """Its message."""
        return self.node.body

    @property
    def label(self) -> str:
        """The words that stand at it."""
        if isinstance(self.kind, CellButtons):
            return self.kind.label
        named = (getattr(self.body, name, "") for name in _labels(self.node))
        return next(filter(None, named), "")

    @property
    def form(self) -> str:
        """The form it is in, or nothing."""
        return getattr(self.body, "form_id", "")

    @property
    def submits(self) -> bool:
        """Whether it is the button of its form."""
        return bool(getattr(self.body, "is_form_submitter", False))

    @property
    def disabled(self) -> bool:
        """Whether the app lets nobody use it now."""
        return bool(getattr(self.body, "disabled", False))

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its values."""
        return self.kind.schema(self.body)


def widget_of(node: Node) -> Widget | None:
    """The widget that an element is, if it is one."""
    kind = _kind_of_container(node) if node.is_block else _kind(node)
    identifier = getattr(node.body, "id", "") if kind is not None else ""
    if kind is None or not identifier:
        return None
    word = _type(node)
    return Widget(identifier, _key(identifier, word), kind, word, node)


def cell_buttons_of(node: Node) -> list[Widget]:
    """The columns of a table whose cells are buttons, each a widget of its own."""
    if node.kind not in _TABLES:
        return []
    return [
        Widget(id, _key(id, "button_column"), CellButtons(column), "button_column", node)
        for column, id in buttons_in(node.body)
    ]


def _labels(node: Node) -> tuple[str, ...]:
    """The fields that label it; what stands in a table's empty cells does not."""
    if node.kind in _TABLES:
        return ()
    return ("label", "title", "placeholder", "component_name", "icon")


def _key(identifier: str, word: str) -> str:
    """The author's own key, or that word and some of the id."""
    named = _ID.fullmatch(identifier)
    digest, author = named.groups() if named else (identifier, "None")
    return author if author != "None" else f"{word}_{digest[:8]}"


def _kind(node: Node) -> Kind | None:
    if node.kind in _TABLES:
        if node.body.editing_mode:
            return Editor()
        return Selection() if selection_modes(node.body) else None
    if node.kind in _CHARTS:
        return ChartSelection(_nothing_selected(node)) if _selectable(node.body) else None
    return _KINDS.get(node.kind)


def _nothing_selected(node: Node) -> dict[str, Any]:
    if node.kind in _NOTHING_SELECTED:
        return _NOTHING_SELECTED[node.kind]
    return {str(parameter): {} for parameter in node.body.selection_mode}


def _kind_of_container(node: Node) -> Kind | None:
    match node.kind:
        case "expandable":
            return Foldable("expanded")
        case "popover":
            return Foldable("open")
        case "tab_container":
            places = sorted(node.children)
            return Tabs([node.children[place].body.label for place in places])
        case "dialog" if node.body.dismissible:
            return Button()
        case _:
            return None


def _selectable(chart: Proto) -> bool:
    if has_field(chart, "selection_activated"):
        return chart.selection_activated
    return bool(selection_modes(chart))


def _type(node: Node) -> str:
    """The name of the command that makes it, as its author knows it."""
    body = node.body
    match node.kind:
        case "slider" if body.options:
            return "select_slider"
        case "checkbox" if body.type:
            return "toggle"
        case "button" if body.is_form_submitter:
            return "form_submit_button"
        case "button_group":
            styles = body.DESCRIPTOR.enum_types_by_name["Style"].values_by_number
            style = styles[body.style].name.lower()
            return "feedback" if style == "borderless" else style
        case "dataframe" | "arrow_data_frame" if body.editing_mode:
            return "data_editor"
        case _:
            return _COMMANDS.get(node.kind, node.kind.removeprefix("arrow_"))
