"""Widgets that start something once: buttons, menus, the box of a chat; and those of files."""

import json
from collections.abc import Sequence
from typing import Any, cast

from playground.errors import InvalidRequest
from playground_gateway.bridge.columns import Column, cell_in, rows_in
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.choices import named
from playground_gateway.bridge.widgets.kind import has_field, listed, wrong


class Button:
    """button, form_submit_button and download_button."""

    acts = "click"

    def value(self, body: Proto, *, forced: bool) -> None:  # noqa: ARG002
        return None

    def schema(self, body: Proto) -> dict[str, Any]:  # noqa: ARG002
        return {"const": True}

    def write(self, body: Proto, value: Any, state: Proto) -> None:
        if value is not True:
            raise wrong(body, "a click")
        state.trigger_value = True


class Menu:
    """menu_button: one of its options is chosen, once."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> None:  # noqa: ARG002
        return None

    def schema(self, body: Proto) -> dict[str, Any]:
        return {"type": "string", "enum": list(body.options)}

    def write(self, body: Proto, value: Any, state: Proto) -> None:
        if value not in list(body.options):
            raise wrong(body, f"one of {named(list(body.options))}")
        state.string_trigger_value.data = value


class CellButtons:
    """A column of a table whose cells are buttons: one of them is clicked, once."""

    acts = "set"

    def __init__(self, column: Column) -> None:
        self._column = column

    @property
    def label(self) -> str:
        """The words above the column."""
        return self._column.label or self._column.name

    def value(self, body: Proto, *, forced: bool) -> None:  # noqa: ARG002
        return None

    def schema(self, body: Proto) -> dict[str, Any]:  # noqa: ARG002
        return {
            "type": "object",
            "description": "Click the button in that row; label: which, in a cell of several",
            "properties": {
                "row": {"type": "integer", "minimum": 0},
                "label": {"type": "string"},
            },
            "required": ["row"],
        }

    def write(self, body: Proto, value: Any, state: Proto) -> None:
        wanted = cast(dict[str, Any], value) if isinstance(value, dict) else {}
        row: Any = wanted.get("row")
        rows = rows_in(body)
        if not isinstance(row, int) or isinstance(row, bool) or not 0 <= row < rows:
            raise InvalidRequest(f"{self.label!r} takes a row from 0 to {rows - 1}.")
        there = [str(one) for one in listed(cell_in(body, self._column, row)) if one]
        label: Any = wanted.get("label", there[0] if len(there) == 1 else None)
        if label not in there:
            raise InvalidRequest(f"{self.label!r} takes a label out of {named(there)} there.")
        state.string_trigger_value.data = json.dumps({"row": row, "label": label})


class Chat:
    """chat_input."""

    acts = "chat"

    def value(self, body: Proto, *, forced: bool) -> str | None:
        return (body.value if forced else body.default) or None

    def schema(self, body: Proto) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "minLength": 1}
        if body.max_chars:
            schema["maxLength"] = body.max_chars
        if getattr(body, "accept_file", 0):
            schema["description"] = "by app_chat; files that go with it by app_upload before"
        return schema

    def write(self, body: Proto, value: Any, state: Proto) -> None:
        if not isinstance(value, str) or not value.strip():
            raise wrong(body, "a text that says something")
        if body.max_chars and len(value) > body.max_chars:
            raise wrong(body, f"at most {body.max_chars} characters")
        if has_field(body, "accept_file"):
            state.chat_input_value.data = value
        else:
            state.string_trigger_value.data = value


class Files:
    """file_uploader, camera_input and audio_input; `Uploads` gives them what they take."""

    acts = "upload"

    def __init__(self, *endings: str) -> None:
        self._endings = endings

    def value(self, body: Proto, *, forced: bool) -> None:  # noqa: ARG002
        return None

    def schema(self, body: Proto) -> dict[str, Any]:
        taken = _of(self.endings(body))
        largest = getattr(body, "max_upload_size_mb", 0)
        size = f", {largest} MB at most" if largest else ""
        many = "; several, one after the other" if getattr(body, "multiple_files", False) else ""
        return {"type": "string", "description": f"a file{taken}, by app_upload{size}{many}"}

    def endings(self, body: Proto) -> Sequence[str]:
        """How the names of files end that it takes; nothing where that is no matter."""
        return self._endings or getattr(body, "type", ())

    def write(self, body: Proto, value: Any, state: Proto) -> None:  # noqa: ARG002
        raise wrong(body, "files, by app_upload")

    def read(self, state: Proto) -> list[str]:
        return [file.name for file in state.file_uploader_state_value.uploaded_file_info]


def _of(endings: Sequence[str]) -> str:
    return f" of {', '.join(endings)}" if endings else ""
