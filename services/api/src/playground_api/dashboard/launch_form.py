"""The form that launches a scenario as somebody wants it: read, checked, shown again if wrong."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError

from playground.errors import FieldError, InvalidRequest
from playground.scenarios.inputs import Input
from playground.scenarios.model import Scenario
from playground.sessions.model import Session
from playground_api.requests import NewSession

INPUT = "inputs."
_OPTIONAL = ("title", "model")


@dataclass(frozen=True)
class Filled:
    """What stands in the form: texts as a browser sends them, and what is wrong, by field."""

    texts: Mapping[str, str]
    wrong: Mapping[str, str]

    def text(self, field: str, initial: Any = "") -> str:
        """What to show in *field*, which holds *initial* before anybody wrote into it."""
        if not self.texts:
            return _as_text(initial)
        return self.texts.get(field, "")

    def checked(self, field: str, initial: object) -> bool:
        """Whether a checkbox is ticked; one that is not is not sent."""
        return field in self.texts if self.texts else bool(initial)


EMPTY = Filled({}, {})


def wanted(scenario: Scenario, texts: Mapping[str, str]) -> NewSession:
    """The session that the form asks for. Raises InvalidRequest, per field."""
    given: dict[str, Any] = {name: texts[name] for name in _OPTIONAL if texts.get(name, "").strip()}
    wrong: list[FieldError] = []
    if "advanced" in texts:
        given["inputs"] = _inputs(scenario.inputs, texts, wrong)
        given["temperature"] = _number("temperature", texts.get("temperature", ""), wrong)
        given["context"] = _context(texts.get("context", ""), wrong)
        wrong += _complaints(scenario, given["inputs"], wrong)
    try:
        session = NewSession(scenario=scenario.name, **given)
    except ValidationError as error:
        known = {one.field for one in wrong}
        found = [_field_error(one["loc"], one["msg"]) for one in error.errors()]
        wrong += [one for one in found if one.field not in known]
        raise InvalidRequest("Something in the form does not fit.", errors=tuple(wrong)) from None
    if wrong:
        raise InvalidRequest("Something in the form does not fit.", errors=tuple(wrong))
    return session


def texts_for(session: Session) -> dict[str, str]:
    """The texts that ask for one like *session*, as a browser would send them."""
    told = {name: value for name, value in session.inputs.items() if value is not False}
    return {
        "scenario": session.scenario,
        "advanced": "1",
        "title": session.title,
        "model": session.model,
        "temperature": _as_text(session.temperature),
        "context": json.dumps(session.context, ensure_ascii=False) if session.context else "",
        **{f"{INPUT}{name}": _as_text(value) for name, value in told.items()},
    }


def _inputs(
    inputs: Sequence[Input], texts: Mapping[str, str], wrong: list[FieldError]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in inputs:
        field = f"{INPUT}{one.key}"
        if one.type == "checkbox":
            found[one.key] = field in texts
        elif one.type in ("number", "slider"):
            number = _number(field, texts.get(field, ""), wrong)
            found[one.key] = one.initial if number is None else number
        else:
            found[one.key] = str(texts.get(field, one.initial)).replace("\r\n", "\n")
    return found


def _complaints(
    scenario: Scenario, inputs: Mapping[str, Any], wrong: Sequence[FieldError]
) -> list[FieldError]:
    known = {one.field for one in wrong}
    found = ((f"{INPUT}{one.key}", one.complaint(inputs[one.key])) for one in scenario.inputs)
    return [FieldError(field, said) for field, said in found if said and field not in known]


def _number(field: str, text: str, wrong: list[FieldError]) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        wrong.append(FieldError(field, "must be a number"))
        return None


def _context(text: str, wrong: list[FieldError]) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        found: Any = json.loads(text)
    except json.JSONDecodeError as error:
        wrong.append(FieldError("context", f"is no JSON: {error.msg} (line {error.lineno})"))
        return {}
    except (ValueError, RecursionError):
        wrong.append(FieldError("context", "is no JSON that can be read"))
        return {}
    if not isinstance(found, dict):
        wrong.append(FieldError("context", "must be an object: {...}"))
        return {}
    return cast(dict[str, Any], found)


def _field_error(place: tuple[int | str, ...], said: str) -> FieldError:
    return FieldError(str(place[0]), said.removeprefix("Value error, "))


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
