"""What a chart shows, in a line: its title, what it draws, and by which columns.

All of it is data by reference; this is for a reader who decides whether to ask for that.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from playground_gateway.bridge.widgets.kind import listed

_LONGEST_READ = 200_000
"""Characters of a description. A longer one carries the data itself and is not read for a line."""
_MOST = 5


def chart_in_words(kind: str, said: str) -> str:
    """The line; nothing for a description that says none of it."""
    describe = _DESCRIBED.get(kind.removeprefix("arrow_"))
    if describe is None or len(said) > _LONGEST_READ:
        return ""
    try:
        spec: Any = json.loads(said)
        return ", ".join(filter(None, dict.fromkeys(describe(spec)))) if spec else ""
    except (ValueError, TypeError, AttributeError, KeyError):  # as an app has written it
        return ""


def _vega(spec: dict[str, Any]) -> Iterator[str]:
    yield _title(spec.get("title"))
    for part in _parts(spec)[:_MOST]:
        mark = part.get("mark", "")
        yield mark["type"] if isinstance(mark, dict) else mark
        for channel, drawn in part.get("encoding", {}).items():
            if isinstance(drawn, dict) and channel in ("x", "y", "color", "size", "theta"):
                named = cast(dict[str, Any], drawn).get("field")
                yield f"{channel} {named}" if isinstance(named, str) else ""


def _parts(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The chart itself and what it is made of."""
    found = [spec]
    for name in ("layer", "hconcat", "vconcat", "concat"):
        for one in spec.get(name, []):
            found += _parts(one)
    return found


def _plotly(spec: dict[str, Any]) -> Iterator[str]:
    layout = spec.get("layout", {})
    yield _title(layout.get("title"))
    for trace in spec.get("data", [])[:_MOST]:
        yield f"{trace.get('type', '')} {trace.get('name') or ''}".strip()
    for axis in ("xaxis", "yaxis"):
        title = _title(layout.get(axis, {}).get("title"))
        yield f"{axis[0]} {title}" if title else ""


def _deck(spec: dict[str, Any]) -> Iterator[str]:
    for layer in spec.get("layers", [])[:_MOST]:
        yield str(layer.get("@@type", ""))


def _echarts(spec: dict[str, Any]) -> Iterator[str]:
    yield _title(spec.get("title"))
    for one in listed(spec.get("series", []))[:_MOST]:
        yield f"{one.get('type', '')} {one.get('name') or ''}".strip()


def _title(said: Any) -> str:
    if isinstance(said, dict):
        said = cast(dict[str, Any], said).get("text")
    return said if isinstance(said, str) else ""


_DESCRIBED: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "deck_gl_json_chart": _deck,
    "echarts_chart": _echarts,
    "plotly_chart": _plotly,
    "vega_lite_chart": _vega,
}
