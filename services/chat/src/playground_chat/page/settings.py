"""What a page process is told when it is started: where the chat backend is, and its own token."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class SettingMissing(Exception):
    """The page was started without a setting that it cannot do without."""


@dataclass(frozen=True)
class PageSettings:
    """Both are given by whoever launches the page; it learns all else from the chat backend."""

    chat_url: str = field(
        metadata={
            "variable": "PLAYGROUND_CHAT_URL",
            "description": "The chat backend as a session's page reaches it. Set by the launcher.",
        }
    )
    slot_token: str = field(
        repr=False,
        metadata={
            "variable": "PLAYGROUND_SLOT_TOKEN",
            "description": "The bearer token of one page process. Set by the launcher.",
        },
    )

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "PageSettings":
        """The settings in *environment*. Raises SettingMissing."""
        names = ("PLAYGROUND_CHAT_URL", "PLAYGROUND_SLOT_TOKEN")
        values = [environment.get(name, "").strip() for name in names]
        if absent := [n for n, value in zip(names, values, strict=True) if not value]:
            raise SettingMissing(" and ".join(absent))
        return cls(values[0].rstrip("/"), values[1])
