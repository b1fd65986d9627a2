"""What the widgets of a page hold: the app's defaults, what was set since, what waits in a form."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.tree import Node, Tree
from playground_gateway.bridge.widgets.catalogue import Widget, widget_of
from playground_gateway.bridge.widgets.kind import Legible


@dataclass(frozen=True)
class UploadedFile:
    """A file that lies at the page's server."""

    name: str
    size: int
    place: Proto
    """Its FileURLs."""


class Values:
    """The values as a reader sees them. A form's fields wait here until its button is clicked."""

    def __init__(self) -> None:
        self._set: dict[str, Any] = {}
        self._waiting: dict[str, dict[str, Proto]] = {}
        """By form: the WidgetStates of its changed fields, by the widgets' ids."""
        self._files: dict[str, list[UploadedFile]] = {}

    def of(self, widget: Widget) -> Any:
        """What the widget holds now."""
        if widget.id in self._set:
            return self._set[widget.id]
        if widget.id in self._files:
            return [file.name for file in self._files[widget.id]]
        return widget.kind.value(widget.body, forced=False)

    def take_file(self, widget: Widget, file: UploadedFile) -> list[UploadedFile]:
        """Add a file to those of an uploader, or put it in their place; all it has now."""
        many = getattr(widget.body, "multiple_files", False)
        before = self._files.get(widget.id, []) if many or widget.kind.acts == "chat" else []
        self._files[widget.id] = [*before, file]
        self._set.pop(widget.id, None)
        return self._files[widget.id]

    def files_of(self, widget: Widget) -> list[UploadedFile]:
        """The files that an uploader has been given."""
        return self._files.get(widget.id, [])

    def drop_files(self, widget: Widget) -> None:
        """It holds no files any more."""
        self._files.pop(widget.id, None)

    def remember(self, widget: Widget, value: Any) -> None:
        """Somebody set it, and its server knows or will know."""
        if widget.kind.acts == "set":
            self._set[widget.id] = value

    def set_elsewhere(self, widget: Widget, state: Proto) -> None:
        """Somebody else has set it to what that WidgetState says."""
        if isinstance(widget.kind, Legible):
            with suppress(ValueError, AttributeError):  # JSON of an app's own
                self._set[widget.id] = widget.kind.read(state)

    def wait(self, widget: Widget, state: Proto) -> None:
        """Keep the state of a form's field until the form is submitted."""
        self._waiting.setdefault(widget.form, {})[widget.id] = state

    def waiting_in(self, form: str) -> list[Proto]:
        """The states that a form's button takes along."""
        return list(self._waiting.get(form, {}).values())

    def submitted(self, form: str) -> None:
        """The form's fields are on their way."""
        self._waiting.pop(form, None)

    def shown_by_app(self, node: Node) -> None:
        """Take the value that the app itself has given a widget, if this node is one."""
        if node.is_block or not getattr(node.body, "set_value", False):
            return
        widget = widget_of(node)
        if widget is not None and widget.kind.acts == "set":
            self._set[widget.id] = widget.kind.value(widget.body, forced=True)

    def forget_all_but(self, tree: Tree) -> None:
        """A widget that left the page begins anew when it comes back."""
        there = {getattr(node.body, "id", "") for node in tree}
        self._set = {one: value for one, value in self._set.items() if one in there}
        self._files = {one: files for one, files in self._files.items() if one in there}
        for form, fields in list(self._waiting.items()):
            kept = {one: state for one, state in fields.items() if one in there}
            self._waiting[form] = kept


def put_files(files: list[UploadedFile], state: Proto) -> None:
    """Name *files* in a FileUploaderState."""
    state.SetInParent()
    for file in files:
        info = state.uploaded_file_info.add()
        info.name, info.size, info.file_id = file.name, file.size, file.place.file_id
        info.file_urls.CopyFrom(file.place)
