"""The form of the scenario editor: a scenario as texts, and texts as a scenario."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from starlette.datastructures import FormData

from playground.scenarios.model import Scenario

LINES = ("fallbacks", "starters", "tools")
"""Lists that are written with an entry in each line."""
NUMBERS = (
    "temperature", "max_tokens", "limits.idle_s", "limits.max_turns", "limits.memory_mb",
    "limits.cpus", "answer_cache.distance", "answer_cache.keep_s",
)  # fmt: skip
TEXTS = ("name", "title", "summary", "icon", "accent", "layout", "model")
LONG_TEXTS = ("system_prompt", "greeting")
OTHERS = ("kind", "uploads", "limits.internet")
OF_INPUT = ("key", "label", "type", "options", "default", "help", "min", "max", "step")
MOST_INPUTS = 40
_BLANK_INPUT = dict.fromkeys(OF_INPUT, "") | {"type": "text"}
_TRUE = ("true", "yes", "on", "1")


@dataclass
class Filled:
    """What the form holds, field by field, as texts."""

    values: dict[str, str] = field(default_factory=dict[str, str])
    inputs: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def raw(self, name: str = "") -> dict[str, Any]:
        """What is to be a scenario; with *name*, that is its name. What is not a number stays."""
        given: dict[str, Any] = {n: t.strip() for n in TEXTS if (t := self.text(n)).strip()}
        given |= {n: t for n in LONG_TEXTS if (t := self.text(n)).strip()}
        given |= {n: found for n in LINES if (found := lines(self.text(n)))}
        given["tools"] = [_source(line) for line in given.pop("tools", ())]
        for place in NUMBERS:
            if self.text(place).strip():
                _put(given, place, number(self.text(place)))
        if not self.text("answer_cache"):
            given.pop("answer_cache", None)
        elif "answer_cache" not in given:
            given["answer_cache"] = {}
        given["uploads"] = bool(self.text("uploads"))
        given["inputs"] = [_input(one) for one in self.inputs if _is_filled(one)]
        return given | ({"name": name} if name else {})

    def with_input(self) -> "Filled":
        """With one input more, to be filled in."""
        return Filled(self.values, [*self.inputs, dict(_BLANK_INPUT)][:MOST_INPUTS])

    def without_input(self, place: str) -> "Filled":
        """Without the input at *place*."""
        return Filled(self.values, [one for n, one in enumerate(self.inputs) if str(n) != place])

    @property
    def fields(self) -> list[str]:
        """The names of all fields that may be wrong."""
        of_inputs = [
            joined(("inputs", place, *below))
            for place in range(len(self.inputs))
            for below in [(), *((name,) for name in OF_INPUT)]
        ]
        return ["form", "question", *TEXTS, *LONG_TEXTS, *LINES, *NUMBERS, *OTHERS, *of_inputs]


def filled_by(scenario: Scenario) -> Filled:
    """The form that makes *scenario*."""
    whole = scenario.model_dump(mode="json", exclude_none=True)
    values = {name: _text(whole.get(name)) for name in (*TEXTS, *LONG_TEXTS)}
    values |= {name: "\n".join(_line(one) for one in whole[name]) for name in LINES}
    values |= {place: _text(_get(whole, place)) for place in NUMBERS}
    values["uploads"] = "on" if scenario.uploads else ""
    values["answer_cache"] = "on" if scenario.answer_cache is not None else ""
    rows = [{name: _text(one.get(name)) for name in OF_INPUT} for one in whole["inputs"]]
    for row, one in zip(rows, scenario.inputs, strict=True):
        row["options"] = "\n".join(one.options or ())
    return Filled(values, rows)


def filled_as_sent(form: FormData) -> Filled:
    """What a browser has sent."""
    texts = {name: _unix(text) for name, text in form.items() if isinstance(text, str)}
    values = {name: text for name, text in texts.items() if not name.startswith("inputs.")}
    numbers = {name.split(".")[1] for name in texts if name.startswith("inputs.")}
    places = sorted(int(n) for n in numbers if n.isascii() and n.isdigit() and len(n) < 4)
    rows = [
        {name: texts.get(f"inputs.{place}.{name}", "") for name in OF_INPUT} for place in places
    ]
    return Filled(values, rows[:MOST_INPUTS])


def places(filled: Filled) -> list[int]:
    """Where each input that counts stands in the form: those that are empty make none."""
    return [n for n, one in enumerate(filled.inputs) if _is_filled(one)]


def lines(text: str) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def number(text: str) -> int | float | str:
    """*text* as a number, or as it is."""
    for kind in (int, float):
        try:
            return kind(text.strip())
        except ValueError:
            continue
    return text


def _input(row: Mapping[str, str]) -> dict[str, Any]:
    kind = row["type"] or "text"
    given: dict[str, Any] = {"key": row["key"].strip(), "label": row["label"].strip(), "type": kind}
    if options := lines(row["options"]):
        given["options"] = options
    for name in ("min", "max", "step"):
        if row[name].strip():
            given[name] = number(row[name])
    if row["default"].strip():
        given["default"] = _default(kind, row["default"])
    if row["help"].strip():
        given["help"] = row["help"].strip()
    return given


def _default(kind: str, text: str) -> object:
    if kind == "checkbox":
        return text.strip().lower() in _TRUE
    return number(text) if kind in ("number", "slider") else text.strip("\n")


def _is_filled(row: Mapping[str, str]) -> bool:
    return any(text.strip() for name, text in row.items() if name != "type")


def _source(line: str) -> object:
    """A tool's name or a server's address; all about a server is written as JSON."""
    if not line.startswith("{"):
        return line
    try:
        return json.loads(line)
    except ValueError:
        return line


def _line(one: object) -> str:
    if isinstance(one, str):
        return " ".join(one.split("\n"))
    full = cast(Mapping[str, Any], one)
    return json.dumps({n: v for n, v in full.items() if v or v == 0}, ensure_ascii=False)


def _get(whole: Mapping[str, Any], place: str) -> object:
    found: Any = whole
    for part in place.split("."):
        found = cast(Mapping[str, Any], found or {}).get(part)
    return found


def _put(whole: dict[str, Any], place: str, value: object) -> None:
    *above, last = place.split(".")
    for part in above:
        whole = whole.setdefault(part, {})
    whole[last] = value


def _text(value: object) -> str:
    """As a person writes it: 0.5, and 5 rather than 5.0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def joined(parts: Iterable[object]) -> str:
    """A field's dotted name."""
    return ".".join(str(part) for part in parts)
