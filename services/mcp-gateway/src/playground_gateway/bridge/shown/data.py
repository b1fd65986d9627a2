"""What elements carry beside words: tables, the data of charts, media, long texts; by reference."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.errors import InvalidRequest
from playground_gateway.bridge.columns import arrow_bytes
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.shown.charts import chart_in_words
from playground_gateway.bridge.shown.tables import TABLES, Table, read_table, table_shown
from playground_gateway.bridge.shown.words import text_of
from playground_gateway.bridge.tree import Node, Tree
from playground_gateway.bridge.values import Values

_CHARTS: dict[str, Callable[[Any], str]] = {
    "arrow_vega_lite_chart": lambda body: body.spec,
    "bokeh_chart": lambda body: body.figure,
    "deck_gl_json_chart": lambda body: body.json,
    "echarts_chart": lambda body: body.spec,
    "graphviz_chart": lambda body: body.spec,
    "plotly_chart": lambda body: body.spec,
    "vega_lite_chart": lambda body: body.spec,
}
_MEDIA = ("imgs", "audio", "video", "download_button")
MOST_CHARACTERS = 50_000


@dataclass(frozen=True)
class Chart:
    """A chart's description, and the tables that it draws, by name."""

    kind: str
    spec: Any
    datasets: dict[str, Table]


@dataclass(frozen=True)
class Media:
    """Files that an element shows or offers: their addresses on the page's server."""

    kind: str
    urls: list[str]


Data = Table | Chart | Media | str


def ref_of(node: Node) -> str:
    """How an element is named as data: by its place on the page as it is now."""
    return "-".join(map(str, node.path))


def data_kind(node: Node) -> str | None:
    """Which data an element has: `table`, `chart`, `media`, `text`; None if it has none."""
    if node.is_block:
        return None
    if node.kind in _CHARTS:
        return "chart"
    if node.kind in _MEDIA:
        return "media"
    if node.kind in TABLES:
        return "table"
    return "text" if text_of(node) is not None else None


def drawn_by(node: Node) -> str:
    """What a chart draws, in a line; nothing for anything else."""
    said = _CHARTS.get(node.kind)
    return chart_in_words(node.kind, said(node.body)) if said else ""


def data_at(tree: Tree, ref: str, values: Values | None = None) -> Data:
    """The data at that place, with what *values* have put into it.

    Raises InvalidRequest where there is none now.
    """
    parts = ref.split("-")
    node = tree.find(tuple(map(int, parts))) if all(p.isdecimal() for p in parts) else None
    kind = data_kind(node) if node is not None else None
    if node is None or kind is None:
        raise InvalidRequest(
            f"There is no data at {ref[:100]!r} on the page now; app_view names what there is."
        )
    match kind:
        case "chart":
            return _chart(node)
        case "media":
            return Media(node.kind, _urls(node))
        case "table":
            return table_shown(node, values or Values()) or ""
        case _:
            return text_of(node) or ""


def _chart(node: Node) -> Chart:
    body = node.body
    said = _CHARTS[node.kind](body)
    try:
        spec = json.loads(said) if said else None
    except ValueError:
        spec = said
    return Chart(node.kind.removeprefix("arrow_"), spec, _datasets(body, node.rows))


def _datasets(body: Proto, added: list[Proto]) -> dict[str, Table]:
    fields = body.DESCRIPTOR.fields_by_name
    found: dict[str, Table | None] = {}
    if "data" in fields and fields["data"].message_type and body.HasField("data"):
        rows = [arrow_bytes(m.delta.arrow_add_rows.data) for m in added]
        found["data"] = read_table([arrow_bytes(body.data), *rows])
    if "datasets" in fields:
        for one in body.datasets:
            found[one.name or "data"] = read_table([arrow_bytes(one.data)])
    return {name: table for name, table in found.items() if table is not None}


def _urls(node: Node) -> list[str]:
    body = node.body
    if node.kind == "imgs":
        return [one.url or _markup(one) for one in body.imgs]
    return [body.url] if body.url else []


def _markup(image: Proto) -> str:
    """SVG that stands in the message itself (before Streamlit 1.41)."""
    return f"data:image/svg+xml,{getattr(image, 'markup', '')}"
