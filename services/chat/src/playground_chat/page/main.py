"""Serves the page in a container of its own: ``python -m playground_chat.page.main``.

Streamlit scans every installed package for components at each start, polls for changed options, and
takes half a second to leave. None of that is wanted here, and each is replaced by name.
"""

import os
import signal
import socket
from pathlib import Path
from types import FrameType
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.web import bootstrap

PORT = 8501
SCRIPT = Path(__file__).with_name("app.py")


def options() -> dict[str, Any]:
    """Streamlit's options, as its own start-up takes them."""
    return {
        "server.headless": True,
        "server.address": "0.0.0.0",
        "server.port": PORT,
        "server.allowedHosts": ["127.0.0.1", "localhost", *_own_addresses()],
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "logger.hideWelcomeMessage": True,
        "global.developmentMode": False,
    }


def _own_addresses() -> list[str]:
    """Whoever probes the container names it by its address, which no foreign page can do."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        return []
    return sorted({str(address[0]) for *_, address in found})


def _no_components(*_: Any) -> list[Any]:
    """The image holds none: its build asks."""
    return []


def _no_watchers(_flags: dict[str, Any]) -> None:
    """Nobody changes the options of a container."""


def _leave_at_once(_server: Any) -> None:
    """A page holds nothing that needs a longer way out."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os._exit(0)


def main() -> None:
    """Serve until SIGTERM."""
    signal.signal(signal.SIGTERM, _leave)
    for module, name, replacement in (
        (manifest_scanner, "scan_component_manifests", _no_components),
        (bootstrap, "_install_config_watchers", _no_watchers),
        (bootstrap, "_set_up_signal_handler", _leave_at_once),
    ):
        if not hasattr(module, name):
            raise RuntimeError(f"this Streamlit has no {module.__name__}.{name}")
        setattr(module, name, replacement)
    flags = options()
    bootstrap.load_config_options(flags)
    bootstrap.run(str(SCRIPT), False, [], flags)


if __name__ == "__main__":
    main()
