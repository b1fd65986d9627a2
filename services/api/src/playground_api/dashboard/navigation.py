"""The dashboard's sections as its head lists them: a page that stands on its own is added here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A link in the head of every page."""

    path: str
    label: str

    def holds(self, path: str) -> bool:
        """Whether *path* is the section's page, or one beneath it."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


SECTIONS = (
    Section("/", "Start"),
    Section("/sessions", "Sessions"),
    Section("/scenarios", "Scenarios"),
    Section("/compare", "Compare"),
    Section("/system", "System"),
    Section("/docs", "API"),
)
