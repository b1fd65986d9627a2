"""What the readers of each kind of document give: stretches of text with their place."""

from dataclasses import dataclass


class Unreadable(Exception):
    """The document cannot be read, for a reason that its sender can understand."""


class TooMuch(Exception):
    """The document is larger inside than is allowed."""


@dataclass(frozen=True)
class Section:
    """A stretch of text under one heading, on one page. `line` is that of its first line."""

    text: str
    page: int | None = None
    heading: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Step:
    """So much has been read: pages, where there are any."""

    done: int
    total: int


class Headings:
    """The headings above the text that is being read."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, title: str) -> None:
        """A heading of that level begins: those of its level and below it have ended."""
        self._open = [(lv, t) for lv, t in self._open if lv < level]
        self._open.append((level, " ".join(title.split())[:200]))

    def path(self) -> str | None:
        """All of them, outermost first."""
        return " > ".join(title for _, title in self._open if title) or None
