"""What Streamlit does at every start, and a page in a container of its own does without.

Each piece is replaced by name, here and nowhere else.
"""

import importlib
import os
import signal
import sys
from types import FrameType, ModuleType
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.web import bootstrap

_EMOJIS = "streamlit.emojis"
_LONGEST_EMOJI = 10
"""In code points. The longest are families and couples, each of several joined signs."""
_LETTER_AND_EMOJI = "\N{INFORMATION SOURCE}"


class UnknownStreamlit(Exception):
    """The installed Streamlit is not built as this module expects."""


def make_lean() -> None:
    """Replace the pieces, before Streamlit is started. Raises UnknownStreamlit."""
    for module, name, replacement in (
        (manifest_scanner, "scan_component_manifests", _no_components),
        (bootstrap, "_install_config_watchers", _no_watchers),
        (bootstrap, "_set_up_signal_handler", _leave_at_once),
    ):
        if not callable(getattr(module, name, None)):
            raise UnknownStreamlit(f"{module.__name__}.{name} is not there")
        setattr(module, name, replacement)
    sys.modules.setdefault(_EMOJIS, _EmojisByTheirLook(_EMOJIS))


def _no_components(*_: Any) -> list[Any]:
    """A look into every installed package takes a tenth of a second; the image's build did it."""
    return []


def _no_watchers(_flags: dict[str, Any]) -> None:
    """Two threads look for changed options; nobody changes those of a container."""


def _leave_at_once(_server: Any) -> None:
    """Streamlit's own way out takes half a second; a page holds nothing that needs it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os._exit(0)


class ShortSigns:
    """Holds what looks like an emoji: few characters, none of them a letter."""

    def __contains__(self, text: object) -> bool:
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_EMOJI:
            return False
        signs = text.replace(_LETTER_AND_EMOJI, "")
        return not any(sign.isalpha() or sign.isspace() for sign in signs)


class _EmojisByTheirLook(ModuleType):
    """In the place of Streamlit's catalogue of emojis: 5 MB and 45 ms, to check an icon with.

    Whatever else is asked of the catalogue brings in the real one.
    """

    ALL_EMOJIS = ShortSigns()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        del sys.modules[_EMOJIS]
        return getattr(importlib.import_module(_EMOJIS), name)
