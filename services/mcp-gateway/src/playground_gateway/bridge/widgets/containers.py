"""Containers that tell their app when they are opened or closed: it may fill them only then.

Their own message says how they stand after each run, whoever opened them.
"""

from collections.abc import Sequence
from typing import Any

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.choices import named, option_at
from playground_gateway.bridge.widgets.kind import wrong


class Foldable:
    """expander and popover."""

    acts = "open"

    def __init__(self, is_open: str) -> None:
        self._is_open = is_open
        """The field that says whether it is."""

    def value(self, body: Proto, *, forced: bool) -> bool:  # noqa: ARG002
        return getattr(body, self._is_open)

    def schema(self, body: Proto) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "boolean", "description": "whether it is open"}

    def write(self, body: Proto, value: Any, state: Proto) -> bool:
        if not isinstance(value, bool):
            raise wrong(body, "true to open it, false to close it")
        state.bool_value = value
        return value


class Tabs:
    """tabs: one of them is open."""

    acts = "open"

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels

    def value(self, body: Proto, *, forced: bool) -> str | None:  # noqa: ARG002
        return option_at(self._labels, body.default_tab_index)

    def schema(self, body: Proto) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "string", "enum": list(self._labels)}

    def write(self, body: Proto, value: Any, state: Proto) -> str:
        if value not in self._labels:
            raise wrong(body, f"one of {named(self._labels)}")
        state.string_value = value
        return value
