"""Calls of tools as a turn's entries tell of them: for a message that nobody wrote in time."""

import json
from collections.abc import Iterable, Mapping
from typing import Any


def calls_told(entries: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
    """The calls in *entries* (their `kind` and `data`), as `Message.tool_calls` keeps them."""
    calls: dict[str, dict[str, Any]] = {}
    said, round_, open_calls = 0, 0, 0
    apart = True
    for entry in entries:
        kind, data = entry["kind"], entry["data"]
        if kind == "token":
            said, apart = said + len(data), True
        elif kind == "tool_start":
            if apart or not open_calls:
                round_ += 1
            apart, open_calls = False, open_calls + 1
            started = json.loads(data)
            calls[started["id"]] = {**started, "at": said, "round": round_}
        elif kind == "tool_end":
            open_calls -= 1
            ended = json.loads(data)
            outcome = "error" if ended.get("error") else "result"
            calls[ended["id"]] |= {outcome: ended["result"], "ms": ended["ms"]}
    return list(calls.values())
