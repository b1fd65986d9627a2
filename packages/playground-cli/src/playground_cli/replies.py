"""A reply in the terminal as it comes: its text, and beside it the calls of its tools."""

import json
from collections.abc import Mapping
from typing import Any

from httpx_sse import ServerSentEvent

from playground_cli.client import Refused
from playground_cli.output import console, errors, harmless, one_line

_MOST_SHOWN = 160


class Reply:
    """Shows events of one turn: text on standard output, all else on standard error."""

    def __init__(self) -> None:
        self._within_line = False

    def tell(self, event: ServerSentEvent) -> None:
        """Show *event*. Raises Refused with the problem of an `error`."""
        match event.event:
            case "token":
                self._within_line = not event.data.endswith("\n")
                console.out(harmless(event.data), end="")
            case "tool_start":
                call = event.json()
                arguments = json.dumps(call.get("args"), ensure_ascii=False)
                self._beside(f"→ {call['name']} {arguments}")
            case "tool_end":
                self._beside(_ended(event.json()))
            case "warning":
                self._beside(f"! {event.json().get('detail', '')}")
            case "error":
                problem = event.json()
                raise Refused(problem["detail"], problem["code"])
            case _:
                pass

    def end(self) -> None:
        """The line of the reply ends, if it has not."""
        if self._within_line:
            console.out("")
        self._within_line = False

    def _beside(self, line: str) -> None:
        if console.is_terminal:
            self.end()
        shown = one_line(line)
        cut = shown if len(shown) <= _MOST_SHOWN else shown[:_MOST_SHOWN] + "…"
        errors.print(cut, style="dim", markup=False, soft_wrap=True)


def _ended(call: Mapping[str, Any]) -> str:
    name, took = call.get("name", "tool"), f"{call['ms']:.0f} ms" if "ms" in call else ""
    if not call.get("error"):
        return f"✓ {name} {took}"
    return f"✗ {name} failed {took}: {call.get('result') or call['error']}"
