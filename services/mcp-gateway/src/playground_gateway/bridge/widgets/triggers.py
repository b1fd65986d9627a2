"""Widgets that start something once: buttons, menus, the box of a chat; and those of files."""

from collections.abc import Sequence
from typing import Any

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.choices import named
from playground_gateway.bridge.widgets.kind import has_field, wrong


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


class Chat:
    """chat_input."""

    acts = "chat"

    def value(self, body: Proto, *, forced: bool) -> str | None:
        return (body.value if forced else body.default) or None

    def schema(self, body: Proto) -> dict[str, Any]:
        limit = {"maxLength": body.max_chars} if body.max_chars else {}
        return {"type": "string", "minLength": 1, **limit}

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
        return {"type": "string", "description": f"a file{taken}, by app_upload"}

    def endings(self, body: Proto) -> Sequence[str]:
        """How the names of files end that it takes; nothing where that is no matter."""
        return self._endings or getattr(body, "type", ())

    def write(self, body: Proto, value: Any, state: Proto) -> None:  # noqa: ARG002
        raise wrong(body, "files, by app_upload")

    def read(self, state: Proto) -> list[str]:
        return [file.name for file in state.file_uploader_state_value.uploaded_file_info]


def _of(endings: Sequence[str]) -> str:
    return f" of {', '.join(endings)}" if endings else ""
